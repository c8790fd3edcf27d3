/** What differs between a dedicated server and a VPS, as far as installations go. */
import type { CheckFailure, Reporter } from "../../handler";
import type { Preview, Value } from "../../values";
import type { OvhApi } from "../api";
import type { Installed, MachineInputs } from "./contract";
import type { Machine } from "./wipe";

/** Inputs of a machine as a preview has them. */
export type Wanted = Preview<MachineInputs>;
/** An input that takes effect at the next installation only. */
export type Wish = Exclude<keyof MachineInputs, "service">;

/** One of the two. */
export interface Kind {
  /** For messages. */
  noun: string;
  /** The property that holds the token. */
  token: "reinstall" | "rebuild";
  /** Path of the account's machines of this kind. */
  list: string;
  /** Inputs that take effect at the next installation only. */
  wishes: readonly Wish[];
  check(news: Wanted): CheckFailure[];
  /** The value of a wish as it is remembered: never a secret. */
  remembered(name: Wish, value: Value): Value;
  /** How the machine is now; undefined: the account has no such machine. */
  facts(api: OvhApi, service: string): Promise<Facts | undefined>;
  /** Throws when the machine cannot be installed with this image; lists the nearest ones. */
  checkImage(api: OvhApi, service: string, image: string): Promise<void>;
  machine(api: OvhApi, news: Wanted): Machine;
  /** How far an installation is, in OVH's words. */
  detail?(api: OvhApi, service: string): Promise<string | undefined>;
  /** Host keys as far as they are known before an installation. */
  keysAhead(news: Wanted): Preview<Installed>["hostKeys"];
  /** Host keys of a machine that is taken over as it is; never waits long. */
  keysAsIs(news: Wanted, address: string, report: Reporter): Promise<string[]>;
  /** Host keys after an installation: waits until the machine shows them. */
  keysAfter(news: Wanted, address: string, report: Reporter): Promise<string[]>;
  /** Whether the machine proves by itself that it was installed by this resource. */
  isOurs(news: Wanted, address: string): Promise<boolean>;
}

export interface Facts {
  /** Empty where OVH names none. */
  address: string;
  /** Image that it runs; undefined: OVH names none, which does not prove that there is none. */
  image: string | undefined;
}
