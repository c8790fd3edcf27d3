/** Rspamd's modules that judge and sign: DMARC, greylisting, rate limits, DKIM, ARC, headers. */
import { uclString } from "../../quote/config";
import { owned } from "../shared/paths";
import { type DkimSigner, dkimKeyPath, dkimSelector, type FilterSettings } from "./args";

const head = owned("filter");

/** local.d/dmarc.conf: what the owner of a domain asks for is done, RFC 9989. */
export function dmarc(): string {
  return `${head}actions {
  reject = "reject";
  quarantine = "add header";
}
`;
}

/** local.d/greylist.conf. */
export function greylist(s: FilterSettings): string {
  return `${head}enabled = ${s.greylisting};
# Two minutes are enough to lose those that never come again.
timeout = 2min;
expire = 1d;
`;
}

/** local.d/ratelimit.conf: a stolen password sends little. Recipients count, not messages. */
export function ratelimit(s: FilterSettings): string {
  return `${head}rates {
  account {
    selector = "user.lower";
    bucket {
      burst = ${s.rateLimit.burst};
      rate = "${s.rateLimit.perHour} / 1h";
    }
  }
}
# The default exempts any message that has a postmaster among its recipients. No address looks like this.
whitelisted_rcpts = ["(nobody)"];
`;
}

const pathOf = ({ key, domain, selector }: DkimSigner) => dkimKeyPath(key ?? domain, selector);

/** Keys of one domain, as the modules dkim_signing and arc want them. */
function selectors(signers: DkimSigner[]): string {
  return signers.map((signer) => `      ${dkimSelector(signer.selector, pathOf(signer))}`).join(",\n");
}

function byDomain(signers: DkimSigner[]): [string, DkimSigner[]][] {
  const domains = [...new Set(signers.map((signer) => signer.domain))].sort();
  return domains.map((domain) => [domain, signers.filter((signer) => signer.domain === domain)]);
}

/** override.d/dkim_signing.conf, RFC 6376: every key of the domain in the From header signs. */
export function dkimSigning(s: FilterSettings): string {
  const domains = byDomain(s.dkim)
    .map(([domain, signers]) => `  ${uclString(domain)} {\n    selectors [\n${selectors(signers)}\n    ]\n  }\n`)
    .join("");
  return `${head}enabled = ${s.dkim.length > 0};
sign_authenticated = true;
# The site's own programs: vacation replies, reports.
sign_local = true;
sign_inbound = false;
use_domain = "header";
# A key is for its very domain, also where that is a subdomain.
use_esld = false;
# The account owns its From address, see lua.local.d/postfleet-sender.lua: the domains of login and sender may differ.
allow_username_mismatch = true;
allow_hdrfrom_mismatch = true;
allow_envfrom_empty = true;
try_fallback = false;
check_pubkey = false;
domain {
${domains}}
`;
}

/** override.d/arc.conf, RFC 8617: our verdict on inbound mail, sealed with the RSA key of the recipient's domain. */
export function arc(s: FilterSettings): string {
  const rsa = s.dkim.filter((signer) => signer.algorithm === "rsa");
  const domains = byDomain(rsa)
    .map(([domain, [first]]) =>
      first
        ? `  ${uclString(domain)} {\n    selector = ${uclString(first.selector)};\n    path = ${uclString(pathOf(first))};\n  }\n`
        : "",
    )
    .join("");
  const seal = s.arc && rsa.length > 0;
  return `${head}sign_inbound = ${seal};
sign_local = false;
sign_authenticated = false;
use_domain = "recipient";
use_esld = false;
allow_hdrfrom_mismatch = true;
allow_username_mismatch = true;
try_fallback = false;
domain {
${domains}}
`;
}

/** override.d/milter_headers.conf: what a reader finds in the message. Own mail leaves without our verdicts. */
export function milterHeaders(): string {
  return `${head}use = ["authentication-results", "x-spam-status", "spam-header"];
skip_local = true;
skip_authenticated = true;
routines {
  authentication-results {
    # Verdicts of others about our mail are dropped: RFC 8601 section 5 only wants those in our name gone, and mx did that.
    header = "Authentication-Results";
    remove = 0;
    add_smtp_user = false;
  }
  x-spam-status {
    header = "X-Spam-Status";
    remove = 0;
  }
  spam-header {
    header = "X-Spam";
    value = "Yes";
    remove = 0;
  }
}
`;
}
