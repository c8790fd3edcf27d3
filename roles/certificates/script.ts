/** The script that gets and deploys the host's certificate. */
import { ACME_WEBROOT, certificatePaths, owned, RENEW_DIRECTORY } from "../shared/paths";
import type { CertificatesArgs } from "./args";
import { ACCOUNT_KEY, CA_FILE, LEGO, PENDING, REQUEST, STATUS, WANTED_KEY } from "./files";

/** `https://acme.example:14000/dir` -> `acme.example_14000`: how lego names the folder of a CA. */
export const legoServer = (directory: string) => new URL(directory).host.replaceAll(":", "_");

/** account.json as lego keeps it; with the account's URI in it lego does not ask the CA who we are. */
const accountJson = (email: string, uri: string) =>
  JSON.stringify({ email, registration: { body: { status: "valid" }, uri } });

/** Shell functions that talk to the CA; without ACME there are none. */
function acmePart(args: CertificatesArgs): string {
  const { acme } = args;
  if (acme === undefined)
    return `
issue() { say "no ACME here: the certificate stays self-signed"; }
`;
  const account = `${LEGO}/accounts/${legoServer(acme.directory)}/${acme.email}`;
  return `
# The account's key comes with the site; lego wants it in a form and at a place of its own.
account() {
  [ -e ${ACCOUNT_KEY} ] || return 0
  install -d -m 0700 ${account}/keys
  openssl pkey -in ${ACCOUNT_KEY} -traditional -out ${account}/keys/${acme.email}.key
${
  args.accountUri === undefined
    ? ""
    : `  echo '${accountJson(acme.email, args.accountUri)}' >${account}/account.json
`
}}

ask() {
  lego --path ${LEGO} --server '${acme.directory}' --email '${acme.email}' --accept-tos \\
    --csr ${LEGO}/request.csr --http --http.webroot ${ACME_WEBROOT} run >${LEGO}/log 2>&1
}

# Names in DNS, one a line. A name that is not there would cost a refused order, and CAs count those.
resolving() {
  for name in $names; do
    if getent ahosts "$name" >/dev/null; then echo "$name"; fi
  done
}

# Why a new certificate is needed; nothing where it is not.
reason() {
  if ! fits "$chain" "$wanted_key"; then echo "there is no certificate for this key"; return; fi
  if [ "$(openssl x509 -in "$chain" -noout -issuer_hash)" = "$(openssl x509 -in "$chain" -noout -subject_hash)" ]; then
    echo "the certificate is self-signed"; return
  fi
  if [ "$(covered)" != "$1" ]; then echo "the names changed"; return; fi
  openssl x509 -in "$chain" -noout -checkend ${(acme.renewBefore ?? 30) * 86400} >/dev/null || echo "it ends soon"
}

issue() {
  wanted=$(resolving | sort)
  missing=$(echo "$names" | tr ' ' '\\n' | sort | grep -vxF "$wanted" || true)
  if [ -n "$missing" ]; then
    missing=$(echo "$missing" | tr '\\n' ' ')
    # DNS of a new site may follow in minutes: wait so long for one certificate with all names.
    [ -e "$waiting" ] || touch "$waiting"
    if [ -z "$wanted" ] || [ -z "$(find "$waiting" -mmin +10)" ]; then
      fail "not in DNS yet: $missing- trying again soon"
    fi
    say "not in DNS, left out: $missing"
  else
    rm -f "$waiting"
  fi
  why=$(reason "$wanted")
  [ -n "$why" ] || { say "valid until $(ends)"; return 0; }
  say "asking ${new URL(acme.directory).host}: $why"
  account
  san=$(echo "$wanted" | sed 's/^/DNS:/' | paste -sd,)
  SAN=$san openssl req -new -config ${REQUEST} -key "$wanted_key" -out ${LEGO}/request.csr
  if ! ask && grep -q accountDoesNotExist ${LEGO}/log; then
    say "the CA has forgotten the account: registering its key again"
    rm -f ${account}/account.json
    ask || true
  fi
  new=$(find ${LEGO}/certificates -name '*.crt' ! -name '*.issuer.crt' -newer ${LEGO}/request.csr 2>/dev/null | head -n 1)
  [ -n "$new" ] || fail "the CA refused: $(grep -v '^ *$' ${LEGO}/log | tail -n 3 | tr '\\n' ' ')"
  deploy "$new"
  rm -rf ${LEGO}/certificates
  say "new certificate until $(ends)"
}
`;
}

/** /usr/local/lib/postfleet/renew-certificates */
export function script(args: CertificatesArgs): string {
  const { chain, key } = certificatePaths(args.hostname);
  const { acme } = args;
  return `#!/bin/sh
${owned("certificates")}# Usage: renew-certificates [--ensure]
#   --ensure  only make sure that some certificate is there, self-signed at worst: services must start
#   (none)    get a new one where it is needed, put it in place by a rename, reload what uses it
# The state is in ${STATUS}, the words of the CA in ${LEGO}/log.
set -eu

chain=${chain}
key=${key}
wanted_key=${WANTED_KEY}
names='${[args.hostname, ...args.names.filter((name) => name !== args.hostname)].join(" ")}'
# shellcheck disable=SC2034  # without ACME nobody waits
waiting=/var/lib/postfleet/certificates.waiting
pending=${PENDING}
export LEGO_CA_SYSTEM_CERT_POOL=true
${args.caCertificate === undefined ? "" : `export LEGO_CA_CERTIFICATES=${CA_FILE}\n`}
say() { echo "$1"; }
ends() { openssl x509 -in "$chain" -noout -enddate | cut -d= -f2; }
covered() {
  openssl x509 -in "$chain" -noout -ext subjectAltName | grep -o 'DNS:[^, ]*' | cut -d: -f2 | sort
}

# fits CERTIFICATE KEY
fits() {
  public=$(openssl pkey -in "$2" -pubout 2>/dev/null) || return 1
  [ "$(openssl x509 -in "$1" -noout -pubkey 2>/dev/null)" = "$public" ]
}

# There is a pair to serve, be it for the key before. An expired certificate counts: it still encrypts.
usable() { [ -s "$chain" ] && [ -s "$key" ] && fits "$chain" "$key"; }

# status RESULT DETAIL: one line of JSON for whoever watches.
status() {
  detail=$(printf '%s' "$2" | tr -d '\\000-\\037' | sed 's/[\\\\"]/\\\\&/g')
  printf '{"time":"%s","result":"%s","detail":"%s","notAfter":"%s"}\\n' \\
    "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" "$detail" "$(ends)" >${STATUS}.new
  mv ${STATUS}.new ${STATUS}
}

fail() {
  echo "$1" >&2
  status failed "$1"
  exit 1
}

# deploy FILE: certificate and key change together; a certificate that does not fit the key never reaches a service.
deploy() {
  fits "$1" "$wanted_key" || fail "the certificate in $1 is not for the key $wanted_key"
  touch "$pending"
  install -m 0600 "$wanted_key" "$key.new"
  install -m 0644 "$1" "$chain.new"
  mv "$key.new" "$key"
  mv "$chain.new" "$chain"
}

ensure() {
${acme === undefined ? `  fits "$chain" "$wanted_key" && usable && return 0` : `  usable && return 0`}
  # Only the key is gone.
  if fits "$chain" "$wanted_key"; then deploy "$chain"; return 0; fi
  san=$(echo "$names" | sed 's/[^ ]*/DNS:&/g; s/ /,/g')
  SAN=$san openssl req -x509 -days 3650 -config ${REQUEST} -key "$wanted_key" -out "$chain.self"
  deploy "$chain.self"
  rm -f "$chain.self"
  say "self-signed certificate made"
}

# Units named in ${RENEW_DIRECTORY}, one a line; those that do not run will read the new file when they start.
reload() {
  [ -e "$pending" ] || return 0
  bad=
  units=$(cat ${RENEW_DIRECTORY}/* 2>/dev/null | grep -v '^#' | sort -u)
  for unit in $units; do
    systemctl -q is-active "$unit" || continue
    if systemctl reload-or-restart "$unit"; then say "reloaded $unit"; else bad="$bad $unit"; fi
  done
  [ -z "$bad" ] || fail "could not reload:$bad"
  rm -f "$pending"
}
${acmePart(args)}
install -d -m 0700 ${LEGO}
ensure
${acme === undefined ? "# Nobody else comes to reload.\nreload\n" : ""}[ "\${1-}" != --ensure ] || exit 0
# A reload that failed last time comes first.
reload
issue
reload
status ok "valid until $(ends)"
`;
}
