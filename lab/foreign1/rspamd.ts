/**
 * Rspamd of the foreign provider: it signs what users send, writes what SPF, DKIM, DMARC and ARC say of incoming mail into
 * Authentication-Results (RFC 8601), refuses what DMARC says to refuse, and judges nothing else.
 *
 * Its configuration is complete in one file: Debian's would load hundreds of rules, compile their patterns for half a
 * minute, and ask the Internet for maps.
 */
import { FOREIGN_DOMAIN } from "../plan";
import { DKIM_KEY, DKIM_SELECTOR } from "./names";

/** Public suffixes of the lab; compiling the Internet's list takes ten seconds at every start. */
export const SUFFIXES = "/etc/foreign/public-suffixes";
export const suffixes = (): string => ["org", "net", "com", "example"].map((name) => `${name}\n`).join("");

/** rspamd.conf. */
export const rspamdConf = (): string => `options {
  pidfile = "$RUNDIR/rspamd.pid";
  filters = "dkim";
  # The lab's addresses are the Internet here: by default rspamd trusts private networks and checks nothing of theirs.
  local_addrs = ["127.0.0.0/8", "::1"];
  gtube_patterns = "disable";
  disable_hyperscan = true;
  tempdir = "/tmp";
  url_tld = "${SUFFIXES}";
  control_socket = "$DBDIR/rspamd.sock mode=0600";
  dns { timeout = 3s; retransmits = 3; sockets = 4; }
}
logging { type = "syslog"; level = "info"; }
lang_detection { languages = ["en"]; }

worker "rspamd_proxy" {
  bind_socket = "127.0.0.1:11332";
  milter = yes;
  count = 1;
  spam_header = "X-Spam";
  reject_message = "refused by the policy of the sender's domain";
  upstream "local" { default = yes; self_scan = yes; }
}

modules { path = "/usr/share/rspamd/plugins/"; }

# No score decides here, DMARC alone does.
metric { name = "default"; actions { reject = null; add_header = null; greylist = null; } }

.include "$CONFDIR/groups.conf"

# Nothing is remembered: a redeployed site has new keys under the old names.
spf { spf_cache_size = 0; }
dkim { dkim_cache_size = 0; }
arc { sign_inbound = false; sign_authenticated = false; sign_local = false; }
dmarc { actions { quarantine = "add header"; reject = "reject"; } }
milter_headers { use = ["authentication-results"]; skip_authenticated = true; skip_local = false; }
dkim_signing {
  sign_authenticated = true;
  sign_local = true;
  allow_username_mismatch = true;
  use_esld = false;
  domain { ${FOREIGN_DOMAIN} { path = "${DKIM_KEY}"; selector = "${DKIM_SELECTOR}"; } }
}
`;
