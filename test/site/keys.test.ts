/** The rotation of keys as the file says it. */
import { loadSite } from "../../plan";
import { EXAMPLE } from "../../site/markdown";
import { folderWith, hostKeyLine } from "./fixture";

const hosts = ["192.0.2.25", "198.51.100.7"].map((name) => `${name} ${hostKeyLine()}\n`).join("");
const keysOf = (text: string) => loadSite(folderWith({ "s.yaml": text, "example.known_hosts": hosts })).keys;

test("seconds are enough to watch a rotation, and never is never", () => {
  const quick = "\nkeys: { dkim: { rotate: 10s, retention: 10s, shared: true }, tls: { rotate: 1h } }\n";
  expect(keysOf(EXAMPLE + quick)).toEqual({ dkim: { rotate: 10, retention: 10, shared: true }, tls: { rotate: 3600 } });
  const never = "\nkeys: { dkim: { rotate: never }, tls: { rotate: never } }\n";
  expect(keysOf(EXAMPLE + never)).toEqual({ dkim: { retention: 14 * 86400, shared: false }, tls: {} });
});

test("where records are published by hand, no rotation begins unasked", () => {
  const byHand = EXAMPLE.replace(/^dns:.*\n/m, "").replace(", nameserver", "");
  expect(byHand).not.toBe(EXAMPLE);
  expect(keysOf(byHand).dkim.rotate).toBeUndefined();
  expect(keysOf(`${byHand}\nkeys: { dkim: { rotate: 90d } }\n`).dkim.rotate).toBe(90 * 86400);
});
