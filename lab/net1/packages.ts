/** What net1 runs: knot (authoritative, signing), unbound (validating resolver), pebble (ACME). */
export const NET_PACKAGES = ["knot", "knot-dnsutils", "unbound", "dns-root-data", "pebble", "curl"];
