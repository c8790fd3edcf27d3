/**
 * `postfleet:acme:Account`: an account at a certificate authority (RFC 8555 section 7.3), made once.
 *
 * Its URI goes into CAA records (RFC 8657), so that nobody else can have certificates issued, and its key to the hosts.
 */
import { Resolver } from "node:dns";
import { Agent, get } from "node:https";
import type { LookupFunction } from "node:net";
import { mailto } from "../../quote/text";
import { holdsPrivateKey } from "../../system/pem";
import type { Changes, ResourceHandler } from "../handler";
import { type Preview, UNKNOWN } from "../values";
import type { AcmeAccountInputs, AcmeAccountOutputs } from "./contract";

/** Looks names up at the resolver in `POSTFLEET_RESOLVER`, where the site's world is not the machine's own (the lab). */
function lookupAt(server: string): LookupFunction {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([server]);
  return (name, options, callback) => {
    resolver.resolve4(name, (error, [address = ""] = []) => {
      if (options.all) callback(error, [{ address, family: 4 }]);
      else callback(error, address, 4);
    });
  };
}

/** Asks for the directory once: a name that does not resolve or a CA that is not trusted is said in plain words here. */
function reach(directory: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(directory, { agent, timeout: 10_000 }, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(new Error(`it answered ${response.statusCode}`));
    });
    request.on("timeout", () => request.destroy(new Error("no answer within 10 s")));
    request.on("error", reject);
  });
}

/** RFC 3986 without `#`, and without `;`, which ends a parameter of a CAA record (RFC 8659 section 4.2). */
const URI = /^https:\/\/([\w\-.~:/?[\]@!$&'()*+,=]|%[0-9a-f]{2})+$/i;
/** A CAA record has room for more; no CA is known to need half of it. */
const LONGEST_URI = 255;

/**
 * What the CA says that the account is called. It goes into records of DNS and into a program that root runs, so that nothing is
 * believed of it. Taken letter by letter, as the CA compares it.
 * @throws where it is no https URL of such characters
 */
export function checkedAccountUri(uri: string): string {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const host = url?.hostname.replace(/^\[(.*)\]$/, "$1") ?? "";
  const sound = URI.test(uri) && uri.length <= LONGEST_URI && !/^https:\/\/[^/?]*@/i.test(uri);
  if (sound && /^[a-z0-9.:-]+$/.test(host)) return uri;
  const given = uri.length > 300 ? `${uri.slice(0, 300)}…` : uri;
  throw new Error(
    `the CA names the account ${JSON.stringify(given)}. Allowed is an https URL of at most ${LONGEST_URI} characters of RFC 3986, without ; # and a login`,
  );
}

/** Registers a new account with a new key. Agreeing to the CA's terms of service is part of using it (the site file says so). */
async function register({
  directory,
  email,
  caPem,
}: Preview<AcmeAccountInputs>): Promise<Pick<AcmeAccountOutputs, "accountKeyPem" | "accountUri">> {
  const server = process.env.POSTFLEET_RESOLVER;
  const agent = new Agent({
    ...(caPem ? { ca: caPem } : {}),
    ...(server ? { lookup: lookupAt(server) } : {}),
  });
  // Loaded only here: it is the slowest of all packages to load, and an account is made once in a site's life.
  const acme = await import("acme-client");
  try {
    await reach(directory, agent);
    acme.axios.defaults.httpsAgent = agent;
    // What is signed for one URL is sent to no other.
    acme.axios.defaults.maxRedirects = 0;
    const accountKey = await acme.crypto.createPrivateEcdsaKey("P-256");
    const client = new acme.Client({ directoryUrl: directory, accountKey });
    await client.createAccount({ termsOfServiceAgreed: true, contact: [mailto(email)] });
    return { accountKeyPem: accountKey.toString(), accountUri: checkedAccountUri(client.getAccountUrl()) };
  } catch (error) {
    throw Object.assign(new Error(`no ACME account at ${directory}: ${(error as Error).message}`), {
      hint: "is the directory's URL right (certificates.acme.directory), and does this machine reach it? A private CA needs certificates.acme.caFile",
    });
  }
}

export const acmeAccountHandler: ResourceHandler<AcmeAccountInputs, AcmeAccountOutputs> = {
  refreshBeforeUpdate: false,
  secretOutputs: ["accountKeyPem"],
  check: (_urn, { directory, caPem }) => [
    ...(typeof directory === "string" && (directory === UNKNOWN || directory.startsWith("https://"))
      ? []
      : [{ property: "directory", reason: `is ${JSON.stringify(directory)}; an https:// URL is wanted` }]),
    // The text is no secret of the state.
    ...(typeof caPem === "string" && holdsPrivateKey(caPem)
      ? [
          {
            property: "caPem",
            reason: "holds a private key\n  hint: leave the certificate alone in certificates.acme.caFile",
          },
        ]
      : []),
  ],
  // Another directory means another CA, which knows nothing of the account; a new contact address changes nothing that matters.
  diff: (state, news): Changes => (state.inputs.directory === news.directory ? {} : { directory: "update-replace" }),
  create: async (_urn, news, preview) => {
    if (preview) return { id: "", outputs: { ...news, accountKeyPem: UNKNOWN, accountUri: UNKNOWN } };
    const account = await register(news);
    return { id: account.accountUri, outputs: { ...news, ...account } };
  },
  read: async (state) => state,
  update: async (state, news) => ({ ...state.outputs, ...news }),
  delete: async () => {},
};
