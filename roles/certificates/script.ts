/** The script that gets and deploys the host's certificate. */
import { ACME_WEBROOT, certificatePaths, RENEW_DIRECTORY } from "../shared/paths";
import { program } from "../shared/program";
import type { AcmeArgs, CertificatesArgs } from "./args";
import { ACCOUNT_KEY, CA_FILE, LEGO, PENDING, REQUEST, STATUS, WANTED_KEY } from "./files";

/** `https://acme.example:14000/dir` -> `acme.example_14000`: how lego names the folder of a CA. */
export const legoServer = (directory: string) => new URL(directory).host.replaceAll(":", "_");

/** account.json as lego keeps it; with the account's URI in it lego does not ask the CA who we are. */
function accountJson(email: string, uri: string): string {
  const json = JSON.stringify({ email, registration: { body: { status: "valid" }, uri } });
  // echo of some shells takes backslashes for its own. Neither an address nor a URI has what JSON writes with one.
  if (!json.includes("\\")) return json;
  throw new Error(
    `the ACME account is ${json}. Allowed are an address and a URI without quotes, backslashes and control characters. ` +
      "Hint: see certificates.acme.email, and accountUri of the account in the state",
  );
}

/** What the script is told of the CA. */
function acmeValues(acme: AcmeArgs, accountUri: string | undefined) {
  const values = {
    ACCOUNT_KEY,
    ACCOUNT: `${LEGO}/accounts/${legoServer(acme.directory)}/${acme.email}`,
    CA: new URL(acme.directory).host,
    DIRECTORY: acme.directory,
    EMAIL: acme.email,
    WEBROOT: ACME_WEBROOT,
    RENEW_BEFORE: (acme.renewBefore ?? 30) * 86400,
    CA_FILE,
  };
  return accountUri === undefined ? values : { ...values, ACCOUNT_JSON: accountJson(acme.email, accountUri) };
}

/** /usr/local/lib/postfleet/renew-certificates */
export function script(args: CertificatesArgs): string {
  const { acme } = args;
  const { chain, key } = certificatePaths(args.hostname);
  return program("certificates", "renew.sh", {
    values: {
      STATUS,
      LEGO,
      CHAIN: chain,
      KEY: key,
      WANTED_KEY,
      NAMES: [args.hostname, ...args.names.filter((name) => name !== args.hostname)].join(" "),
      PENDING,
      REQUEST,
      RENEW_DIRECTORY,
      ...(acme === undefined ? {} : acmeValues(acme, args.accountUri)),
    },
    flags: {
      acme: acme !== undefined,
      account_uri: args.accountUri !== undefined,
      private_ca: args.caCertificate !== undefined,
    },
  });
}
