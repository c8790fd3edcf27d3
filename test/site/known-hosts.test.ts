/** known_hosts files as OpenSSH writes them. */
import { createHmac, randomBytes } from "node:crypto";
import { KnownHosts } from "../../site/known-hosts";
import { hostKeyLine } from "./fixture";

const [a, b, c] = [hostKeyLine(), hostKeyLine(), hostKeyLine()];

function hashed(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
}

test("plain, hashed and ported names, patterns and negations", () => {
  const known = new KnownHosts(
    [`# a comment`, ``, `mail1,192.0.2.1 ${a} root@mail1`, `${hashed("192.0.2.2")} ${b}`, `[192.0.2.1]:2222 ${c}`].join(
      "\n",
    ),
  );
  expect(known.faults).toEqual([]);
  expect(known.keysOf(["192.0.2.1"], 22)).toEqual([a]);
  expect(known.keysOf(["192.0.2.1"], 2222)).toEqual([c]);
  expect(known.keysOf(["2001:db8::1", "192.0.2.2"], 22)).toEqual([b]);
  expect(known.keysOf(["192.0.2.3"], 22)).toEqual([]);
  const patterns = new KnownHosts(`192.0.2.*,!192.0.2.9 ${a}\nmail?.example.org ${b}`);
  expect(patterns.keysOf(["192.0.2.77"], 22)).toEqual([a]);
  expect(patterns.keysOf(["192.0.2.9"], 22)).toEqual([]);
  expect(patterns.keysOf(["192x0x2x7", "mail10.example.org"], 22)).toEqual([]);
});

test("revoked keys and keys of authorities are not pinned, damaged lines are named", () => {
  const known = new KnownHosts(`h ${a}\n@revoked * ${a}\n@cert-authority h ${b}\nh ssh-ed25519 AAAA\nh\n`);
  expect(known.keysOf(["h"], 22)).toEqual([]);
  expect(known.faults.map(({ line }) => line)).toEqual([4, 5]);
});
