/** Rules about certificates, the relay and the filter. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { holdsPrivateKey } from "../../system/pem";
import type { Path } from "../problems";
import type { Check } from "./checked";

const issuers: Check = {
  rule: "A certificate authority other than Let's Encrypt has its CAA name in `issuers`.",
  run({ draft, problems }) {
    const acme = draft.certificates.acme;
    if (acme === undefined || /\.letsencrypt\.org$/.test(new URL(acme.directory).hostname)) return;
    if (acme.issuers.length !== 1 || acme.issuers[0]?.value !== "letsencrypt.org") return;
    problems.add(["certificates", "acme", "issuers"], {
      message: "the CAA records would allow Let's Encrypt alone, but the directory is another CA's",
      given: "[letsencrypt.org], the default",
      allowed: "the CAA names of the CA of the directory",
      hint: `write the CA's CAA name, e.g. \`issuers: [${new URL(acme.directory).hostname}]\``,
    });
  },
};

const caFiles: Check = {
  rule: "`certificates.acme.caFile` and `ovh.caFile` exist, hold a PEM certificate and no private key.",
  run({ draft, problems, directory }) {
    const files: [string | undefined, Path][] = [
      [draft.certificates.acme?.caFile, ["certificates", "acme", "caFile"]],
      [draft.ovh?.caFile, ["ovh", "caFile"]],
    ];
    const allowed = "a PEM file, relative to the site file";
    for (const [file, at] of files) {
      if (file === undefined) continue;
      try {
        const text = readFileSync(resolve(directory, file), "utf8");
        if (holdsPrivateKey(text)) {
          const hint =
            "leave the certificate alone in this file; the key would go into the state, and it is in the repository now: make a new one";
          problems.add(at, { message: "a private key is in this file", allowed, hint });
          continue;
        }
        if (text.includes("-----BEGIN CERTIFICATE-----")) continue;
        const hint = "export the CA's certificate as PEM";
        problems.add(at, { message: "no certificate is in this file", allowed, hint });
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        const hint = "put the CA's certificate there, or correct the path";
        problems.add(at, { message: `the file cannot be read: ${code}`, allowed, hint });
      }
    }
  },
};

const smarthostLogin: Check = {
  rule: "`relay.smarthostLogin` needs a smarthost, and a port that is not 25: there servers talk to servers, without a login.",
  run({ draft, problems }) {
    const { smarthost, smarthostLogin: login } = draft.relay;
    if (!login) return;
    if (smarthost === undefined) {
      const hint = "name the smarthost, e.g. smtp.example.net:587, or remove smarthostLogin";
      problems.add(["relay", "smarthostLogin"], {
        message: "there is no smarthost to log in to",
        allowed: "false",
        hint,
      });
    } else if (smarthost.endsWith(":25")) {
      const hint = "write the port for logins, mostly 587: smtp.example.net:587";
      problems.add(["relay", "smarthost"], { message: "a login at port 25", allowed: "another port", hint });
    }
  },
};

const scores: Check = {
  rule: "The filter's scores rise: greylist, addHeader, reject.",
  run({ site, problems }) {
    const { greylist, addHeader, reject } = site.filter.scores;
    if (greylist < addHeader && addHeader < reject) return;
    problems.add(["filter", "scores"], {
      message: "the scores do not rise from greylist over addHeader to reject",
      given: `greylist ${greylist}, addHeader ${addHeader}, reject ${reject}`,
      allowed: "greylist < addHeader < reject; the defaults are 4, 6, 15",
      hint: "a message is to be delayed before it is marked, and marked before it is refused",
    });
  },
};

export const SERVICE_CHECKS: readonly Check[] = [issuers, caFiles, smarthostLogin, scores];
