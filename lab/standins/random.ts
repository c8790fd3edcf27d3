/**
 * Stand-in for the vendor's plugin `random` 4.21.2, for the lab alone: the kinds that a site may use, with the vendor's
 * names, defaults and rules. A value is made once; any changed input makes a new one, i.e. replaces the resource.
 */
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { hash } from "bcryptjs";
import type { Changes, ResourceHandler } from "../../provider/handler";
import { equal, hasUnknown, UNKNOWN, type Value, type ValueMap } from "../../provider/values";
import { impossible, randomString, type StringRules } from "./characters";
import { serveStandIn } from "./server";

/** One kind of random value. */
interface Kind {
  /** Outputs that are made, i.e. those that a preview cannot know. */
  made: string[];
  secret: boolean;
  defaults: ValueMap;
  check(inputs: ValueMap): { property: string; reason: string } | undefined;
  make(inputs: ValueMap): Promise<{ id: string; outputs: ValueMap }>;
}

const STRING_DEFAULTS: ValueMap = {
  lower: true,
  upper: true,
  numeric: true,
  number: true,
  special: true,
  minLower: 0,
  minUpper: 0,
  minNumeric: 0,
  minSpecial: 0,
};

function rulesOf(inputs: ValueMap): StringRules {
  // `number` is the vendor's older name of `numeric`.
  const numeric = inputs.numeric ?? inputs.number ?? true;
  return { ...STRING_DEFAULTS, ...inputs, numeric } as unknown as StringRules;
}

function checkString(inputs: ValueMap): ReturnType<Kind["check"]> {
  if (hasUnknown(inputs)) return undefined;
  const reason = impossible(rulesOf(inputs));
  return reason === undefined ? undefined : { property: "length", reason };
}

function wholeNumber(property: string, least: number): Kind["check"] {
  return (inputs) => {
    const value = inputs[property];
    if (value === UNKNOWN || (typeof value === "number" && Number.isInteger(value) && value >= least)) return undefined;
    return { property, reason: `must be a whole number from ${least}, got ${JSON.stringify(value)}` };
  };
}

/** `password`: bcrypt with the vendor's cost. */
const BCRYPT_COST = 10;

export const KINDS: Record<string, Kind> = {
  "random:index/randomPassword:RandomPassword": {
    made: ["result", "bcryptHash"],
    secret: true,
    defaults: STRING_DEFAULTS,
    check: checkString,
    async make(inputs) {
      const result = randomString(rulesOf(inputs));
      return { id: "none", outputs: { result, bcryptHash: await hash(result, BCRYPT_COST) } };
    },
  },
  "random:index/randomString:RandomString": {
    made: ["result"],
    secret: false,
    defaults: STRING_DEFAULTS,
    check: checkString,
    async make(inputs) {
      const result = randomString(rulesOf(inputs));
      return { id: result, outputs: { result } };
    },
  },
  "random:index/randomId:RandomId": {
    made: ["b64Std", "b64Url", "dec", "hex"],
    secret: false,
    defaults: {},
    check: wholeNumber("byteLength", 1),
    async make(inputs) {
      const bytes = randomBytes(Number(inputs.byteLength));
      const prefix = String(inputs.prefix ?? "");
      const [hex, url] = [bytes.toString("hex"), bytes.toString("base64url")];
      const outputs = {
        b64Std: prefix + bytes.toString("base64"),
        b64Url: prefix + url,
        dec: prefix + BigInt(`0x${hex}`).toString(),
        hex: prefix + hex,
      };
      return { id: url, outputs };
    },
  },
  "random:index/randomBytes:RandomBytes": {
    made: ["base64", "hex"],
    secret: true,
    defaults: {},
    check: wholeNumber("length", 1),
    async make(inputs) {
      const bytes = randomBytes(Number(inputs.length));
      return { id: "none", outputs: { base64: bytes.toString("base64"), hex: bytes.toString("hex") } };
    },
  },
  "random:index/randomUuid:RandomUuid": {
    made: ["result"],
    secret: false,
    defaults: {},
    check: () => undefined,
    async make() {
      const result = randomUUID();
      return { id: result, outputs: { result } };
    },
  },
  "random:index/randomInteger:RandomInteger": {
    made: ["result"],
    secret: false,
    defaults: {},
    check(inputs) {
      if (inputs.seed !== undefined) return { property: "seed", reason: "the lab's stand-in has no seeded numbers" };
      if (hasUnknown(inputs)) return undefined;
      const [min, max] = [Number(inputs.min), Number(inputs.max)];
      if (Number.isSafeInteger(min) && Number.isSafeInteger(max) && min <= max) return undefined;
      return { property: "min", reason: `min must be a whole number up to max, got ${inputs.min} and ${inputs.max}` };
    },
    async make(inputs) {
      const result = randomInt(Number(inputs.min), Number(inputs.max) + 1);
      return { id: String(result), outputs: { result } };
    },
  },
};

/** Every changed input replaces; an input that is now stated as its default is no change. */
export function changes(olds: ValueMap, news: ValueMap, defaults: ValueMap): Changes {
  const value = (from: ValueMap, name: string): Value | undefined => from[name] ?? defaults[name];
  const names = new Set([...Object.keys(olds), ...Object.keys(news)]);
  return Object.fromEntries(
    [...names]
      .filter((name) => !equal(value(olds, name), value(news, name)))
      .map((name) => [name, "update-replace" as const]),
  );
}

export function handlerFor(kind: Kind): ResourceHandler {
  return {
    refreshBeforeUpdate: false,
    secretOutputs: kind.secret ? kind.made : [],
    check: (_urn, news) => [kind.check(news)].flatMap((failure) => failure ?? []),
    diff: (state, news) => changes(state.inputs, news, kind.defaults),
    async create(_urn, news, preview) {
      const inputs = { ...kind.defaults, ...news };
      if (preview)
        return { id: "", outputs: { ...inputs, ...Object.fromEntries(kind.made.map((name) => [name, UNKNOWN])) } };
      const { id, outputs } = await kind.make(news);
      return { id, outputs: { ...inputs, ...outputs } };
    },
    // There is nothing outside: what the state says is what is.
    read: async (state) => state,
    update: async (state) => state.outputs,
    delete: async () => {},
  };
}

if (require.main === module) {
  const handlers = Object.entries(KINDS).map(([type, kind]) => [type, handlerFor(kind)] as const);
  serveStandIn("random", Object.fromEntries(handlers));
}
