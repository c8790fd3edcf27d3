/**
 * `postfleet:ovh:Monitoring`: whether OVH watches a dedicated server by ping, and whether its technicians intervene.
 * PUT /dedicated/server/{service}, of which only these fields are sent.
 */
import type { Changes, CheckFailure, ResourceHandler } from "../../handler";
import { type Preview, UNKNOWN } from "../../values";
import { type OvhApi, orMissing, path } from "../api";
import { refused } from "../refused";
import type { MonitoringInputs } from "./contract";
import type { Parts } from "./parts";

type Wanted = Preview<MonitoringInputs>;

/** Our name -> OVH's. */
const FIELDS = { enabled: "monitoring", noIntervention: "noIntervention" } as const;
type Field = keyof typeof FIELDS;
const fieldsIn = (values: Partial<Wanted>): Field[] =>
  (Object.keys(FIELDS) as Field[]).filter((name) => values[name] !== undefined);

async function live(api: OvhApi, service: string): Promise<{ [name in Field]: boolean } | undefined> {
  const server = await orMissing(
    api.get<{ monitoring: boolean; noIntervention: boolean }>(path`/dedicated/server/${service}`),
  );
  return server && { enabled: server.monitoring, noIntervention: server.noIntervention };
}

export function monitoringHandler({ api }: Parts): ResourceHandler<MonitoringInputs, MonitoringInputs> {
  async function apply(news: Wanted, preview: boolean): Promise<Wanted> {
    if (news.service === UNKNOWN) return news;
    const { service } = news;
    const is = await live(api(), service);
    if (!is) throw refused(`the account has no dedicated server "${service}"`, "see GET /dedicated/server");
    const wrong = fieldsIn(news).filter((name) => is[name] !== news[name]);
    if (!preview && wrong.length > 0) {
      const body = Object.fromEntries(wrong.map((name) => [FIELDS[name], news[name]]));
      await api().put(path`/dedicated/server/${service}`, body);
    }
    return news;
  }

  return {
    refreshBeforeUpdate: true,
    secretOutputs: [],
    check: (_urn, news): CheckFailure[] => {
      const bad = fieldsIn(news).filter((name) => news[name] !== UNKNOWN && typeof news[name] !== "boolean");
      const missing = (["service", "enabled"] as const).filter((name) => news[name] === undefined);
      return [
        ...missing.map((property) => ({ property, reason: "is missing" })),
        ...bad.map((property) => ({
          property,
          reason: `is ${JSON.stringify(news[property])}; true or false is wanted`,
        })),
      ];
    },
    diff: (state, news): Changes =>
      Object.fromEntries(
        (["service", ...Object.keys(FIELDS)] as ("service" | Field)[])
          .filter((name) => state.inputs[name] !== news[name])
          .map((name) => [name, name === "service" ? "update-replace" : "update"]),
      ),
    create: async (_urn, news, preview) => ({ id: news.service, outputs: await apply(news, preview) }),
    read: async (state) => {
      const is = await live(api(), state.id);
      if (!is) return undefined;
      // Without inputs it is an import: everything is told. Else only what the program has an opinion on.
      const names = state.inputs.service === undefined ? (Object.keys(FIELDS) as Field[]) : fieldsIn(state.inputs);
      const values: Partial<MonitoringInputs> = {
        service: state.id,
        ...Object.fromEntries(names.map((name) => [name, is[name]])),
      };
      return { id: state.id, inputs: values, outputs: values };
    },
    update: (_state, news, preview) => apply(news, preview),
    delete: async (state, report) => {
      report.info(`${state.id}: OVH's monitoring stays as it is`);
    },
  };
}
