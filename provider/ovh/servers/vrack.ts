/**
 * `postfleet:ovh:Vrack`: which servers, or which of their network interfaces, are in a private network. It owns the members
 * that it names and leaves all others. POST and DELETE /vrack/{vrack}/dedicatedServer, …/dedicatedServerInterface.
 */
import type { Changes, CheckFailure, Reporter, ResourceHandler } from "../../handler";
import { hasUnknown, type Preview, UNKNOWN } from "../../values";
import { type OvhApi, orMissing, path } from "../api";
import { refused } from "../refused";
import type { VrackInputs } from "./contract";
import type { Parts } from "./parts";
import { changed, settled, type TaskOwner } from "./settle";

/** Our list -> segment of the path, which is the name of the body's field as well. */
const KINDS = { servers: "dedicatedServer", interfaces: "dedicatedServerInterface" } as const;
type List = keyof typeof KINDS;
const LISTS = Object.keys(KINDS) as List[];

type Wanted = Preview<VrackInputs>;

/** The names of a list; of none while a preview does not know it. */
const namesIn = (values: Partial<Wanted>, list: List): string[] => {
  const names = values[list] ?? [];
  return names === UNKNOWN ? [] : names;
};
const ownerOf = (vrack: string): TaskOwner => ({
  what: vrack,
  tasks: path`/vrack/${vrack}/task`,
  openTasks: [{}],
  vanishes: true,
});

async function members(api: OvhApi, vrack: string, list: List): Promise<string[]> {
  return api.get<string[]>(`${path`/vrack/${vrack}`}/${KINDS[list]}`);
}

type Allowed = Record<string, (string | Record<string, string>)[] | undefined>;

/** Members that OVH would refuse. Asked in previews only: the list of what is allowed can be long in coming. */
async function refuseStrangers(api: OvhApi, vrack: string, list: List, added: string[]): Promise<void> {
  if (added.length === 0) return;
  const allowed = await orMissing(api.get<Allowed>(path`/vrack/${vrack}/allowedServices`));
  const known = allowed?.[KINDS[list]]?.map((each) => (typeof each === "string" ? each : each[KINDS[list]]));
  const strangers = known ? added.filter((name) => !known.includes(name)) : [];
  if (strangers.length > 0) {
    throw refused(
      `${list}: ${strangers.join(", ")} cannot be put into ${vrack}`,
      known && known.length > 0
        ? `possible are ${known.join(", ")}; one that is in another vRack must leave that first`
        : "nothing of this account can be put into it now; what is in another vRack must leave that first",
    );
  }
}

export function vrackHandler(parts: Parts): ResourceHandler<VrackInputs, VrackInputs> {
  async function apply(news: Wanted, olds: Partial<Wanted>, preview: boolean, report: Reporter): Promise<Wanted> {
    if (hasUnknown(news)) return news;
    const api = parts.api();
    const { vrack } = news;
    if (!(await orMissing(api.get(path`/vrack/${vrack}`)))) {
      const all = (await api.get<string[]>("/vrack")).join(", ");
      throw refused(`the account has no vRack "${vrack}"`, all ? `it has ${all}` : "order one first; it is free");
    }
    const owner = ownerOf(vrack);
    if (!preview) await settled(api, owner, parts, report);
    for (const list of LISTS) {
      const is = await members(api, vrack, list);
      const added = namesIn(news, list).filter((name) => !is.includes(name));
      const gone = namesIn(olds, list).filter((name) => is.includes(name) && !namesIn(news, list).includes(name));
      if (preview) {
        await refuseStrangers(api, vrack, list, added);
        continue;
      }
      const at = `${path`/vrack/${vrack}`}/${KINDS[list]}`;
      for (const name of added) {
        await changed(api, owner, `adding ${name}`, () => api.post(at, { [KINDS[list]]: name }), parts, report);
      }
      for (const name of gone) {
        await changed(api, owner, `removing ${name}`, () => api.delete(`${at}/${path`${name}`}`), parts, report);
      }
    }
    return news;
  }

  return {
    refreshBeforeUpdate: true,
    secretOutputs: [],
    check: (_urn, news): CheckFailure[] => {
      const failures = LISTS.filter((list) => {
        const value = news[list];
        const isList = Array.isArray(value) && value.every((name) => typeof name === "string");
        return value !== undefined && value !== UNKNOWN && !isList;
      }).map((property) => ({ property, reason: `is ${JSON.stringify(news[property])}; a list of names is wanted` }));
      const none = LISTS.every((list) => news[list] === undefined);
      if (none) failures.push({ property: "servers" as const, reason: "servers or interfaces must be given" });
      return typeof news.vrack === "string" ? failures : [{ property: "vrack", reason: "is missing" }, ...failures];
    },
    diff: (state, news): Changes => {
      const changes: Changes = state.inputs.vrack === news.vrack ? {} : { vrack: "update-replace" };
      for (const list of LISTS) {
        if (news[list] === UNKNOWN) {
          changes[list] = "update";
          continue;
        }
        const [was, is] = [namesIn(state.inputs, list), namesIn(news, list)];
        for (const [i, name] of is.entries()) if (!was.includes(name)) changes[`${list}[${i}]`] = "add";
        for (const [i, name] of was.entries()) {
          if (!is.includes(name)) changes[`${list}[${i}]`] = `${list}[${i}]` in changes ? "update" : "delete";
        }
      }
      return changes;
    },
    create: async (_urn, news, preview, report) => ({
      id: news.vrack,
      outputs: await apply(news, {}, preview, report),
    }),
    read: async (state) => {
      const api = parts.api();
      if (!(await orMissing(api.get(path`/vrack/${state.id}`)))) return undefined;
      const isImport = state.inputs.vrack === undefined;
      const inputs: VrackInputs = { vrack: state.id };
      for (const list of LISTS) {
        if (!isImport && state.inputs[list] === undefined) continue;
        const is = await members(api, state.id, list);
        inputs[list] = isImport ? is : namesIn(state.inputs, list).filter((name) => is.includes(name));
      }
      return { id: state.id, inputs, outputs: inputs };
    },
    update: (state, news, preview, report) => apply(news, state.outputs, preview, report),
    delete: async (state, report) => {
      await apply({ vrack: state.id }, state.outputs, false, report);
    },
  };
}
