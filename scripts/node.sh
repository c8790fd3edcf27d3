# shellcheck shell=sh
# Sourced by the scripts in bin/ and scripts/: puts a Node.js that is new enough on PATH, without installing anything.
# The system's is taken when it will do; otherwise the one that scripts/setup has put into the cache.

POSTFLEET_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/postfleet
NODE_MINIMUM=20

# True when `$1` is a Node.js of at least NODE_MINIMUM.
node_will_do() {
  command -v "$1" >/dev/null 2>&1 || return 1
  major=$("$1" --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p')
  [ -n "$major" ] && [ "$major" -ge "$NODE_MINIMUM" ]
}

if ! node_will_do node && [ -x "$POSTFLEET_CACHE/node/bin/node" ]; then
  PATH=$POSTFLEET_CACHE/node/bin:$PATH
  export PATH
fi
