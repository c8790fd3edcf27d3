/**
 * `postfleet:acme:Account`: an account at a certificate authority (RFC 8555 section 7.3), made once.
 *
 * Its URI goes into CAA records (RFC 8657), so that nobody else can have certificates issued, and its key to the hosts.
 */
import { Agent } from "node:https";
import * as acme from "acme-client";
import type { Changes, ResourceHandler } from "../handler";
import { UNKNOWN, type ValueMap } from "../values";

/** Registers a new account with a new key. Agreeing to the CA's terms of service is part of using it (the site file says so). */
async function register(news: ValueMap): Promise<{ accountKeyPem: string; accountUri: string }> {
  const directory = String(news.directory);
  if (news.caPem) acme.axios.defaults.httpsAgent = new Agent({ ca: String(news.caPem) });
  const accountKey = await acme.crypto.createPrivateEcdsaKey("P-256");
  const client = new acme.Client({ directoryUrl: directory, accountKey });
  try {
    await client.createAccount({ termsOfServiceAgreed: true, contact: [`mailto:${String(news.email)}`] });
  } catch (error) {
    throw Object.assign(new Error(`no ACME account at ${directory}: ${(error as Error).message}`), {
      hint: "is the directory's URL right (certificates.acme.directory) and can this machine reach it? A test CA needs certificates.acme.caFile",
    });
  }
  return { accountKeyPem: accountKey.toString(), accountUri: client.getAccountUrl() };
}

export const acmeAccountHandler: ResourceHandler = {
  refreshBeforeUpdate: false,
  secretOutputs: ["accountKeyPem"],
  check: (_urn, news) =>
    typeof news.directory === "string" && (news.directory === UNKNOWN || news.directory.startsWith("https://"))
      ? []
      : [{ property: "directory", reason: `is ${JSON.stringify(news.directory)}; an https:// URL is wanted` }],
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
