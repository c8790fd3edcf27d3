/**
 * What a dedicated server and a VPS have in common: one resource that takes a machine over as it is, and erases and
 * installs it only when its token is set to a later date. It is never replaced, and its deletion changes nothing at OVH.
 */
import {
  type Changes,
  type CheckFailure,
  NotReady,
  type Reporter,
  type ResourceHandler,
  type ResourceState,
} from "../../handler";
import { equal, secret, UNKNOWN, type Value, type ValueMap } from "../../values";
import type { OvhApi } from "../api";
import { refused } from "../refused";
import { StillWorking } from "../tasks";
import { nearest } from "./nearest";
import type { Parts } from "./parts";
import { isLater, tokenProblem } from "./token";
import { announce, carryOut, type Machine, type Plan, plan } from "./wipe";

/** What differs between the two. */
export interface Kind {
  /** For messages. */
  noun: string;
  /** The property that holds the token. */
  token: "reinstall" | "rebuild";
  /** Path of the account's machines of this kind. */
  list: string;
  /** Inputs that take effect at the next installation only. */
  wishes: readonly string[];
  check(news: ValueMap): CheckFailure[];
  /** The value of a wish as it is remembered: never a secret. */
  remembered(name: string, value: Value): Value;
  /** How the machine is now; undefined: the account has no such machine. */
  facts(api: OvhApi, service: string): Promise<Facts | undefined>;
  /** Throws when the machine cannot be installed with this image; lists the nearest ones. */
  checkImage(api: OvhApi, service: string, image: string): Promise<void>;
  machine(api: OvhApi, news: ValueMap): Machine;
  /** How far an installation is, in OVH's words. */
  detail?(api: OvhApi, service: string): Promise<string | undefined>;
  /** Host keys as far as they are known before an installation. */
  keysAhead(news: ValueMap): Value;
  /** Host keys of a machine that is taken over as it is; never waits long. */
  keysAsIs(news: ValueMap, address: string, report: Reporter): Promise<string[]>;
  /** Host keys after an installation: waits until the machine shows them. */
  keysAfter(news: ValueMap, address: string, report: Reporter): Promise<string[]>;
  /** Whether the machine proves by itself that it was installed by this resource. */
  isOurs(news: ValueMap, address: string): Promise<boolean>;
}

export interface Facts {
  address: string;
  /** Image that it runs; undefined: none. */
  image: string | undefined;
}

/** Outputs that are not inputs. `installed` are the wishes that came true, `carriedOut` is the token that did it. */
const COMPUTED = ["address", "os", "hostKeys", "installed", "carriedOut", "installedAt", "taskId"];

export function installationHandler(kind: Kind, parts: Parts): ResourceHandler {
  const { times } = parts;
  const unsure = (news: ValueMap) => ["service", "image", kind.token].some((name) => news[name] === UNKNOWN);
  const wishesOf = (news: ValueMap): ValueMap =>
    Object.fromEntries(
      kind.wishes.flatMap((name) => {
        const value = news[name];
        return value === undefined ? [] : [[name, kind.remembered(name, value)]];
      }),
    );

  async function factsOf(api: OvhApi, service: string): Promise<Facts> {
    const facts = await kind.facts(api, service);
    if (facts) return facts;
    const like = nearest(service, await api.get<string[]>(kind.list));
    throw refused(
      `the account has no ${kind.noun} "${service}"`,
      like.length > 0 ? `it has ${like.join(", ")}` : "are these the credentials of the right account?",
    );
  }

  /** The machine as it is. */
  async function takenOver(news: ValueMap, facts: Facts, report: Reporter): Promise<ValueMap> {
    const service = String(news.service);
    if (facts.image === undefined) {
      throw refused(
        `${service} has no operating system`,
        `set ${kind.token} to today's date to erase it and install ${news.image}`,
      );
    }
    report.info(`${service}: it is taken over as it is, with ${facts.image}; nothing is erased`);
    const hostKeys = await kind.keysAsIs(news, facts.address, report);
    return { ...news, address: facts.address, os: facts.image, hostKeys, installed: { image: facts.image } };
  }

  /** What the token leads to. Without a state, a machine that shows our own key was installed by a run that was cut off. */
  async function planned(api: OvhApi, machine: Machine, news: ValueMap, facts: Facts, state?: ResourceState) {
    const token = String(news[kind.token]);
    const found = await plan(api, machine, token, state?.outputs.taskId, facts.image === undefined).catch(
      (error: Error) => error,
    );
    const start = found instanceof Error || found.kind === "start";
    if (start && !state && (await kind.isOurs(news, facts.address))) return undefined;
    if (found instanceof Error) throw found;
    return found;
  }

  async function installed(news: ValueMap, preview: boolean, report: Reporter, state?: ResourceState) {
    const api = parts.api();
    const service = String(news.service);
    const facts = await factsOf(api, service);
    await kind.checkImage(api, service, String(news.image));
    const carriedOut = news[kind.token];
    if (carriedOut === undefined) return takenOver(news, facts, report);
    const machine = kind.machine(api, news);
    const what = await planned(api, machine, news, facts, state);
    if (what) announce(machine, what, report);
    else report.info(`${service}: it shows the host key made for it, so it was installed already; nothing is erased`);
    const made: ValueMap = { ...news, address: facts.address, installed: wishesOf(news), carriedOut };
    if (preview) {
      const later = { installedAt: UNKNOWN, taskId: UNKNOWN };
      return { ...made, ...later, os: String(news.image), hostKeys: kind.keysAhead(news) };
    }
    const task = what && (await waited(api, machine, what, news, facts, report, state));
    const hostKeys = await kind.keysAfter(news, facts.address, report);
    const now = (await kind.facts(api, service)) ?? facts;
    return {
      ...made,
      address: now.address,
      os: now.image ?? null,
      hostKeys,
      ...(task ? { installedAt: task.started ?? new Date().toISOString(), taskId: task.id } : {}),
    };
  }

  /** Carries out the plan; when OVH takes longer than we wait, what is known so far stays in the state. */
  async function waited(
    api: OvhApi,
    machine: Machine,
    what: Plan,
    news: ValueMap,
    facts: Facts,
    report: Reporter,
    state?: ResourceState,
  ) {
    const { service } = machine;
    try {
      return await carryOut(api, machine, what, parts, {
        what: `${service}: installing ${news.image}`,
        patience: times.install,
        newMs: times.newMs,
        report,
        detail: async () => kind.detail?.(api, service),
      });
    } catch (error) {
      if (!(error instanceof StillWorking)) throw error;
      // Without the token as carried out: the next run finds a change, and then the task.
      const before = state ? kept(state) : { address: facts.address, hostKeys: [], installed: {} };
      throw new NotReady(service, { ...news, ...before, os: facts.image ?? null }, error);
    }
  }

  const kept = (state: ResourceState): ValueMap =>
    Object.fromEntries(
      COMPUTED.flatMap((name) => {
        const value = state.outputs[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );

  const due = (state: ResourceState, news: ValueMap): boolean =>
    news[kind.token] === UNKNOWN || isLater(news[kind.token], state.outputs.carriedOut);

  return {
    refreshBeforeUpdate: true,
    secretOutputs: [],
    marks: () => ({ hostKey: secret("") }),

    check: (_urn, news) => {
      const failures = kind.check(news);
      const token = news[kind.token];
      const problem = token === undefined || token === UNKNOWN ? undefined : tokenProblem(token);
      return problem ? [...failures, { property: kind.token, reason: problem }] : failures;
    },

    diff: async (state, news, report): Promise<Changes> => {
      const { service } = state.inputs;
      if (news.service !== UNKNOWN && service !== undefined && news.service !== service) {
        throw refused(
          `service cannot change from "${service}" to "${news.service}": a ${kind.noun} is never replaced`,
          "declare the other one as a resource of its own; removing this one changes nothing at OVH",
        );
      }
      const was = (state.outputs.installed ?? {}) as ValueMap;
      const wanted = wishesOf(news);
      const known = state.outputs.carriedOut === undefined ? Object.keys(was) : kind.wishes;
      const open = known.filter((name) => wanted[name] !== UNKNOWN && !equal(was[name], wanted[name]));
      if (due(state, news)) {
        return Object.fromEntries([kind.token, ...open].map((name) => [name, "update"]));
      }
      if (open.includes("image")) await kind.checkImage(parts.api(), String(service), String(news.image));
      if (open.length > 0) {
        const now = open.includes("image") ? ` (it runs ${state.outputs.os})` : "";
        report.warn(
          `${service}: ${open.join(", ")}: what is declared${now} takes effect at the next installation, which erases the disks: set ${kind.token} to today's date for it`,
        );
      }
      if (news[kind.token] !== undefined && isLater(state.outputs.carriedOut, news[kind.token])) {
        report.warn(`${service}: ${kind.token} is earlier than the last installation; nothing is erased`);
      }
      return {};
    },

    create: async (_urn, news, preview, report) => {
      if (!preview || !unsure(news)) {
        return { id: String(news.service), outputs: await installed(news, preview, report) };
      }
      return { id: "", outputs: { ...news, ...Object.fromEntries(COMPUTED.map((name) => [name, UNKNOWN])) } };
    },

    read: async (state, report) => {
      const service = String(state.inputs.service ?? state.id);
      const facts = await kind.facts(parts.api(), service);
      const isImport = state.inputs.service === undefined;
      if (!facts) {
        if (isImport) return undefined;
        // Never forgotten by itself: a resource that is created anew may erase.
        report.warn(
          `${service}: the account has no such ${kind.noun} any more; if that is so, remove it from the program (pulumi state delete forgets it)`,
        );
        return state;
      }
      const image = facts.image ?? null;
      const was = (state.outputs.installed ?? {}) as ValueMap;
      const inputs = isImport ? { service, image } : state.inputs;
      const outputs = { ...inputs, hostKeys: [], ...state.outputs, address: facts.address, os: image };
      return { id: service, inputs, outputs: { ...outputs, installed: { ...was, image } } };
    },

    update: async (state, news, preview, report) => {
      if (preview && unsure(news)) return { ...news, ...kept(state), installedAt: UNKNOWN, taskId: UNKNOWN };
      return due(state, news) ? installed(news, preview, report, state) : { ...news, ...kept(state) };
    },

    delete: async (state, report) => {
      report.info(
        `${state.id}: it stays as it is at OVH, with its data; Postfleet never terminates or erases a ${kind.noun} that leaves the program`,
      );
    },
  };
}
