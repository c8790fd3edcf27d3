/**
 * What a dedicated server and a VPS have in common: one resource that takes a machine over as it is, and erases and
 * installs it only when its token is set to a later date. It is never replaced, and its deletion changes nothing at OVH.
 */
import type { Changes, ResourceHandler, ResourceState } from "../../handler";
import { equal, secret, UNKNOWN } from "../../values";
import { refused } from "../refused";
import type { MachineInputs, MachineOutputs } from "./contract";
import { installer, keptOf, NOTHING_KNOWN, wishesOf } from "./installer";
import type { Kind, Wanted, Wish } from "./kind";
import type { Parts } from "./parts";
import { isLater, tokenProblem } from "./token";

type State = ResourceState<MachineInputs, MachineOutputs>;

export function installationHandler(kind: Kind, parts: Parts): ResourceHandler<MachineInputs, MachineOutputs> {
  const installed = installer(kind, parts);
  const unsure = (news: Wanted) => (["service", "image", kind.token] as const).some((name) => news[name] === UNKNOWN);
  const due = (state: State, news: Wanted): boolean =>
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
      const was = state.outputs.installed ?? {};
      const wanted = wishesOf(kind, news);
      const known = state.outputs.carriedOut === undefined ? (Object.keys(was) as Wish[]) : kind.wishes;
      const open = known.filter((name) => wanted[name] !== UNKNOWN && !equal(was[name], wanted[name]));
      if (due(state, news)) {
        return Object.fromEntries([kind.token, ...open].map((name) => [name, "update"]));
      }
      if (open.includes("image")) await kind.checkImage(parts.api(), service, news.image);
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
        return { id: news.service, outputs: await installed(news, preview, report) };
      }
      return { id: "", outputs: { ...news, ...NOTHING_KNOWN } };
    },

    read: async (state, report) => {
      const service = state.inputs.service ?? state.id;
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
      const was = state.outputs.installed ?? {};
      // An import of a machine without a system has no image.
      const inputs = isImport ? ({ service, image } as Partial<MachineInputs>) : state.inputs;
      const outputs = {
        ...inputs,
        hostKeys: [],
        ...state.outputs,
        address: facts.address || (state.outputs.address ?? ""),
        os: image,
      };
      return { id: service, inputs, outputs: { ...outputs, installed: { ...was, image } } };
    },

    update: async (state, news, preview, report) => {
      if (preview && unsure(news)) return { ...news, ...keptOf(state), installedAt: UNKNOWN, taskId: UNKNOWN };
      return due(state, news) ? installed(news, preview, report, state) : { ...news, ...keptOf(state) };
    },

    delete: async (state, report) => {
      report.info(
        `${state.id}: it stays as it is at OVH, with its data; Postfleet never terminates or erases a ${kind.noun} that leaves the program`,
      );
    },
  };
}
