/**
 * Role `filter`: rspamd, its store (valkey), and ClamAV where wanted.
 *
 * One filter for both directions. Inbound: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 9989), ARC (RFC 8617), spam,
 * viruses. Outbound: DKIM signatures, the rate limit of an account, and a From header that belongs to it.
 */
import { hostsWith } from "../../site";
import { defineRole, fromFacts } from "../derived";
import { secretFile } from "../secrets";
import { clientAddresses, linkAddress } from "../shared/link";
import { mta } from "../shared/mta";
import { isLoopback } from "../shared/net";
import { PORTS } from "../shared/paths";
import { type FilterArgs, RSPAMD_DATA, STORE_DIRECTORY, STORE_SOCKET } from "./args";
import { keyFilesOf, keysAtWork } from "./keys";
import { filterManifestParts } from "./manifest";
import { rspamdKey } from "./parts";

export { DKIM_SIGNING, type DkimSigner, dkimKeyPath, dkimSelector, type FilterArgs } from "./args";

export const filter = defineRole<FilterArgs, "dkim", { dkimKeys: "many" }>({
  name: "filter",
  component: "Filter",
  summary:
    "SPF, DKIM, DMARC, ARC, spam, greylisting; signs twice (RSA and Ed25519); limits per account; ClamAV on request",
  software: "rspamd, valkey",
  needs: [
    { role: "link", why: "mailstores on other hosts teach it", optional: true },
    { role: "nameserver", why: "mail is signed when the name servers show the keys", optional: true },
  ],
  // Every host that mail enters by has one of its own: mail is refused while its sender is still connected.
  impliedBy: ["mx", "submission"],
  hosts: { several: true, twins: "alike" },
  signs: true,
  records: ({ signers }) =>
    signers.flatMap(({ ring, algorithm, domains }) =>
      domains.map((domain) => ({
        name: `{selector}._domainkey.${domain}`,
        type: "TXT" as const,
        values: [{ key: ring, value: `v=DKIM1; k=${algorithm}; p={publicKey}` }],
        why: `DKIM key, ${algorithm}`,
        rfc: algorithm === "ed25519" ? "RFC 8463" : "RFC 6376",
        level: algorithm === "ed25519" ? ("recommended" as const) : ("required" as const),
      })),
    ),
  packages: ({ clamav }) => [...["rspamd", "valkey-server"], ...(clamav ? ["clamav-daemon", "clamav-freshclam"] : [])],
  listens: (args) => {
    const { listen = [], milterHosts = [], teaching } = args;
    return [
      { port: PORTS.milter, to: ["mx", "submission"], ...(listen.every(isLoopback) ? {} : { from: milterHosts }) },
      { port: PORTS.controller, to: ["mailstore"], from: teaching?.from ?? [] },
    ];
  },
  data: [
    {
      path: RSPAMD_DATA,
      what: "compiled rules and caches",
      backup: false,
      precious: false,
      loss: "12 seconds at the next start",
    },
    {
      path: STORE_DIRECTORY,
      what: "what was learned of spam and of senders",
      backup: true,
      precious: true,
      loss: "what people taught the filter; greylisting begins anew",
    },
  ],
  secrets: {
    shape: { dkimKeys: "many" },
    refs: fromFacts(["signing"], ({ signers }, { signing }) => ({ dkimKeys: keyFilesOf(signers, signing) })),
    // rspamd reads them, nobody else.
    files: ({ dkimKeys }) =>
      Object.fromEntries(
        Object.entries(dkimKeys).map(([path, key]) => [path, secretFile([key], "_rspamd", rspamdKey)]),
      ),
  },
  watch: [{ what: "keys in the store", argv: ["valkey-cli", "-s", STORE_SOCKET, "dbsize"], normal: { least: 0 } }],
  update: { by: "restart", notice: "mail waits for some seconds, none is refused", twins: "in turn" },
  args: (context) => {
    const { site } = context;
    const { signatures, storeMemory: storeMemoryMib, ...settings } = site.filter;
    const elsewhere = hostsWith(site, "mailstore").filter(({ name }) => name !== context.host.name);
    return {
      ...mta(context),
      // A mailstore on the same host teaches by loopback.
      ...(elsewhere.length === 0
        ? {}
        : { teaching: { address: linkAddress(site, context.host), from: clientAddresses(context, elsewhere) } }),
      ...settings,
      ...(storeMemoryMib === undefined ? {} : { storeMemoryMib }),
      rateLimit: site.submission.rateLimit,
      clamavSignatures: Object.fromEntries(
        signatures.length > 0 ? [["site.ndb", `${signatures.join("\n")}\n`] as const] : [],
      ),
      messageSizeLimit: site.mx.messageSizeLimit,
    };
  },
  late: fromFacts(["signing"], ({ signers }, { signing }) => ({ dkim: keysAtWork(signers, signing) })),
  manifest: filterManifestParts,
});
