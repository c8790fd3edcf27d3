/** One machine as its token wants it: taken over as it is, or erased and installed. */
import { isIP } from "node:net";
import { NotReady, type Reporter, type ResourceState } from "../../handler";
import { type Preview, UNKNOWN } from "../../values";
import type { OvhApi } from "../api";
import { refused } from "../refused";
import { StillWorking } from "../tasks";
import type { Installed, MachineInputs, MachineOutputs } from "./contract";
import type { Facts, Kind, Wanted } from "./kind";
import { nearest } from "./nearest";
import type { Parts } from "./parts";
import { announce, carryOut, type Machine, planWipe, type WipePlan } from "./wipe";

/** Outputs that are not inputs. `installed` are the wishes that came true, `carriedOut` is the token that did it. */
const COMPUTED = ["address", "os", "hostKeys", "installed", "carriedOut", "installedAt", "taskId"] as const;

/** The same where a preview knows nothing of the machine. */
export const NOTHING_KNOWN: Preview<Required<Installed>> = {
  address: UNKNOWN,
  os: UNKNOWN,
  hostKeys: UNKNOWN,
  installed: UNKNOWN,
  carriedOut: UNKNOWN,
  installedAt: UNKNOWN,
  taskId: UNKNOWN,
};

type State = ResourceState<MachineInputs, MachineOutputs>;
type Outputs = Preview<MachineOutputs>;

/** Those outputs as the state has them. */
export function keptOf(state: State): Installed {
  const { address, os, hostKeys, installed } = state.outputs;
  const kept = Object.fromEntries(
    COMPUTED.flatMap((name) => {
      const value = state.outputs[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return { address, os, hostKeys, installed, ...kept };
}

/** The inputs that take effect at the next installation, as they are remembered. */
export function wishesOf(kind: Kind, news: Wanted): Installed["installed"] {
  return Object.fromEntries(
    kind.wishes.flatMap((name) => {
      const value = news[name];
      return value === undefined ? [] : [[name, kind.remembered(name, value)]];
    }),
  );
}

/** The outputs of a machine that is as it is wanted then; a preview foresees them. */
export type Install = (news: Wanted, preview: boolean, report: Reporter, state?: State) => Promise<Outputs>;

/** Without an address this very machine would be asked for its host key, and believed. */
function reachable(service: string, facts: Facts): Facts {
  if (isIP(facts.address) !== 0) return facts;
  throw refused(`OVH names no address of ${service}`, "run again later, or look into OVH's control panel");
}

/** How machines of a kind are installed. */
export function installer(kind: Kind, parts: Parts): Install {
  async function factsOf(api: OvhApi, service: string): Promise<Facts> {
    const facts = await kind.facts(api, service);
    if (facts) return reachable(service, facts);
    const like = nearest(service, await api.get<string[]>(kind.list));
    throw refused(
      `the account has no ${kind.noun} "${service}"`,
      like.length > 0 ? `it has ${like.join(", ")}` : "are these the credentials of the right account?",
    );
  }

  /** The machine as it is. */
  async function takenOver(news: Wanted, facts: Facts, report: Reporter): Promise<Outputs> {
    const service = news.service;
    if (facts.image === undefined) {
      throw refused(
        `OVH names no operating system of ${service}`,
        `if there is none on it, set ${kind.token} to today's date to erase it and install ${news.image}; if there is, run again later`,
      );
    }
    report.info(`${service}: it is taken over as it is, with ${facts.image}; nothing is erased`);
    const hostKeys = await kind.keysAsIs(news, facts.address, report);
    return { ...news, address: facts.address, os: facts.image, hostKeys, installed: { image: facts.image } };
  }

  /** What the token leads to. Without a state, a machine that shows our own key was installed by a run that was cut off. */
  async function planned(api: OvhApi, machine: Machine, news: Wanted, facts: Facts, state?: State) {
    const token = String(news[kind.token]);
    const found = await planWipe(api, machine, token, state?.outputs.taskId).catch((error: Error) => error);
    const start = found instanceof Error || found.kind === "start";
    if (start && !state && (await kind.isOurs(news, facts.address))) return undefined;
    if (found instanceof Error) throw found;
    return found;
  }

  /** Carries out the plan; when OVH takes longer than we wait, what is known so far stays in the state. */
  async function waited(
    api: OvhApi,
    machine: Machine,
    what: WipePlan,
    news: Wanted,
    facts: Facts,
    report: Reporter,
    state?: State,
  ) {
    const { service } = machine;
    try {
      return await carryOut(api, machine, what, parts, {
        what: `${service}: installing ${news.image}`,
        polling: parts.times.install,
        newMs: parts.times.newMs,
        report,
        detail: async () => kind.detail?.(api, service),
      });
    } catch (error) {
      if (!(error instanceof StillWorking)) throw error;
      // Without the token as carried out: the next run finds a change, and then the task.
      const before = state ? keptOf(state) : { address: facts.address, hostKeys: [], installed: {} };
      throw new NotReady(service, { ...news, ...before, os: facts.image ?? null }, error);
    }
  }

  return async function installed(news: Wanted, preview: boolean, report: Reporter, state?: State) {
    const api = parts.api();
    const service = news.service;
    const facts = await factsOf(api, service);
    await kind.checkImage(api, service, news.image);
    const carriedOut = news[kind.token];
    if (carriedOut === undefined) return takenOver(news, facts, report);
    const machine = kind.machine(api, news);
    const what = await planned(api, machine, news, facts, state);
    if (what) announce(machine, what, report);
    else report.info(`${service}: it shows the host key made for it, so it was installed already; nothing is erased`);
    const made = { ...news, address: facts.address, installed: wishesOf(kind, news), carriedOut };
    if (preview) {
      const later = { installedAt: UNKNOWN, taskId: UNKNOWN } as const;
      return { ...made, ...later, os: news.image, hostKeys: kind.keysAhead(news) };
    }
    const task = what && (await waited(api, machine, what, news, facts, report, state));
    const hostKeys = await kind.keysAfter(news, facts.address, report);
    const now = (await kind.facts(api, service)) ?? facts;
    return {
      ...made,
      address: now.address || facts.address,
      os: now.image ?? null,
      hostKeys,
      ...(task ? { installedAt: task.started ?? new Date().toISOString(), taskId: task.id } : {}),
    };
  };
}
