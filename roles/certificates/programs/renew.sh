#!/bin/sh
# @OWNED@
# Usage: renew-certificates [--ensure]
#   --ensure  only make sure that some certificate is there, self-signed at worst: services must start
#   (none)    get a new one where it is needed, put it in place by a rename, reload what uses it
# The state is in @STATUS@, the words of the CA in @LEGO@/log.
set -eu

chain=@CHAIN@
key=@KEY@
wanted_key=@WANTED_KEY@
names='@NAMES@'
# shellcheck disable=SC2034  # without ACME nobody waits
waiting=/var/lib/postfleet/certificates.waiting
pending=@PENDING@
export LEGO_CA_SYSTEM_CERT_POOL=true
#@if private_ca
export LEGO_CA_CERTIFICATES=@CA_FILE@
#@end

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
  detail=$(printf '%s' "$2" | tr -d '\000-\037' | sed 's/[\\"]/\\&/g')
  printf '{"time":"%s","result":"%s","detail":"%s","notAfter":"%s"}\n' \
    "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" "$detail" "$(ends)" >@STATUS@.new
  mv @STATUS@.new @STATUS@
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
  #@if acme
  usable && return 0
  #@else
  fits "$chain" "$wanted_key" && usable && return 0
  #@end
  # Only the key is gone.
  if fits "$chain" "$wanted_key"; then deploy "$chain"; return 0; fi
  san=$(echo "$names" | sed 's/[^ ]*/DNS:&/g; s/ /,/g')
  SAN=$san openssl req -x509 -days 3650 -config @REQUEST@ -key "$wanted_key" -out "$chain.self"
  deploy "$chain.self"
  rm -f "$chain.self"
  say "self-signed certificate made"
}

# Units named in @RENEW_DIRECTORY@, one a line; those that do not run will read the new file when they start.
reload() {
  [ -e "$pending" ] || return 0
  bad=
  units=$(cat @RENEW_DIRECTORY@/* 2>/dev/null | grep -v '^#' | sort -u)
  for unit in $units; do
    systemctl -q is-active "$unit" || continue
    if systemctl reload-or-restart "$unit"; then say "reloaded $unit"; else bad="$bad $unit"; fi
  done
  [ -z "$bad" ] || fail "could not reload:$bad"
  rm -f "$pending"
}

#@if acme
# The account's key comes with the site; lego wants it in a form and at a place of its own.
account() {
  [ -e @ACCOUNT_KEY@ ] || return 0
  install -d -m 0700 ''@ACCOUNT@''/keys
  openssl pkey -in @ACCOUNT_KEY@ -traditional -out ''@ACCOUNT@''/keys/''@EMAIL@''.key
  #@if account_uri
  echo '@ACCOUNT_JSON@' >''@ACCOUNT@''/account.json
  #@end
}

ask() {
  lego --path @LEGO@ --server '@DIRECTORY@' --email '@EMAIL@' --accept-tos \
    --csr @LEGO@/request.csr --http --http.webroot @WEBROOT@ run >@LEGO@/log 2>&1
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
  openssl x509 -in "$chain" -noout -checkend @RENEW_BEFORE@ >/dev/null || echo "it ends soon"
}

issue() {
  wanted=$(resolving | sort)
  missing=$(echo "$names" | tr ' ' '\n' | sort | grep -vxF "$wanted" || true)
  if [ -n "$missing" ]; then
    missing=$(echo "$missing" | tr '\n' ' ')
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
  say "asking @CA@: $why"
  account
  san=$(echo "$wanted" | sed 's/^/DNS:/' | paste -sd,)
  SAN=$san openssl req -new -config @REQUEST@ -key "$wanted_key" -out @LEGO@/request.csr
  if ! ask && grep -q accountDoesNotExist @LEGO@/log; then
    say "the CA has forgotten the account: registering its key again"
    rm -f ''@ACCOUNT@''/account.json
    ask || true
  fi
  new=$(find @LEGO@/certificates -name '*.crt' ! -name '*.issuer.crt' -newer @LEGO@/request.csr 2>/dev/null | head -n 1)
  [ -n "$new" ] || fail "the CA refused: $(grep -v '^ *$' @LEGO@/log | tail -n 3 | tr '\n' ' ')"
  deploy "$new"
  rm -rf @LEGO@/certificates
  say "new certificate until $(ends)"
}
#@else
issue() { say "no ACME here: the certificate stays self-signed"; }
#@end

install -d -m 0700 @LEGO@
ensure
#@if not acme
# Nobody else comes to reload.
reload
#@end
[ "${1-}" != --ensure ] || exit 0
# A reload that failed last time comes first.
reload
issue
reload
status ok "valid until $(ends)"
