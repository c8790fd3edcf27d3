/** Where OVH's API is and who asks: from the provider's configuration, else from the client's usual environment variables. */

/** Settings of the provider for OVH, all optional until a resource needs OVH. */
export interface OvhConfig {
  /** A name such as "ovh-eu", or https://host[:port][/base] of a private API. Default: `OVH_ENDPOINT`, else "ovh-eu". */
  endpoint?: string;
  /** Default: `OVH_APPLICATION_KEY`. */
  applicationKey?: string;
  /** Secret. Default: `OVH_APPLICATION_SECRET`. */
  applicationSecret?: string;
  /** Secret. Default: `OVH_CONSUMER_KEY`. */
  consumerKey?: string;
  /** A file of certificates (PEM) trusted in addition to the usual ones, for a private API. */
  caFile?: string;
}

/** What the client is made of. */
export interface OvhSettings {
  at: { endpoint: string } | { host: string; port: number };
  basePath: string;
  applicationKey: string;
  applicationSecret: string;
  consumerKey: string;
}

/** The APIs that the vendor's client knows by name. */
export const ENDPOINTS = [
  ...["ovh-eu", "ovh-ca", "ovh-us"],
  ...["soyoustart-eu", "soyoustart-ca", "sys-eu", "sys-ca"],
  ...["kimsufi-eu", "kimsufi-ca", "ks-eu", "ks-ca"],
];

const HINT =
  "docs/ovh.md says how to make keys with the least rights; give them by `pulumi config set --path --secret ovh.applicationSecret` and its like, or in these environment variables";

const CREDENTIALS = [
  { name: "applicationKey", variable: "OVH_APPLICATION_KEY" },
  { name: "applicationSecret", variable: "OVH_APPLICATION_SECRET" },
  { name: "consumerKey", variable: "OVH_CONSUMER_KEY" },
] as const;

/** The provider's configuration `ovh`: JSON in a string, as all configuration of providers. */
export function ovhConfigOf(text: unknown): OvhConfig {
  if (typeof text !== "string" || text === "") return {};
  try {
    return JSON.parse(text) as OvhConfig;
  } catch {
    // The parser's own message quotes the text, which holds secrets.
    throw new Error(
      'the provider\'s configuration "ovh" is not JSON\nhint: {"endpoint": "ovh-eu", "applicationKey": …, "applicationSecret": …, "consumerKey": …}',
    );
  }
}

/** Complete settings; throws one error that lists everything that is missing or wrong. */
export function ovhSettings(config: OvhConfig, env: NodeJS.ProcessEnv = process.env): OvhSettings {
  const problems: string[] = [];
  const endpoint = config.endpoint || env.OVH_ENDPOINT || "ovh-eu";
  const place = placeOf(endpoint);
  if (typeof place === "string") problems.push(place);
  const [applicationKey, applicationSecret, consumerKey] = CREDENTIALS.map(({ name, variable }) => {
    const value = config[name] || env[variable];
    if (!value) problems.push(`no ${name} (${variable})`);
    return value ?? "";
  });
  if (problems.length > 0 || typeof place === "string") {
    throw Object.assign(new Error(`OVH's API cannot be used: ${problems.join("; ")}`), { hint: HINT });
  }
  return {
    ...place,
    applicationKey: applicationKey as string,
    applicationSecret: applicationSecret as string,
    consumerKey: consumerKey as string,
  };
}

function placeOf(endpoint: string): Pick<OvhSettings, "at" | "basePath"> | string {
  if (ENDPOINTS.includes(endpoint)) return { at: { endpoint }, basePath: "/1.0" };
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.protocol !== "https:" || url.search || url.username) {
    return `endpoint ${JSON.stringify(endpoint)} is unknown; allowed are ${ENDPOINTS.join(", ")}, or https://host[:port][/base]`;
  }
  return {
    at: { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port) || 443 },
    basePath: url.pathname.replace(/\/+$/, "") || "/1.0",
  };
}
