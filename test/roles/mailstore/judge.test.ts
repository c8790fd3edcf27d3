/** The judge of logins by itself: whom it lets try a password, whom it refuses, whom it bans. The stories are in judge_stories.py. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { program } from "../../../roles/shared/program";
import { newFolder } from "../../support/folder";

const folder = newFolder({ "judge.py": program("mailstore", "judge.py") });
const story = (name: string): unknown =>
  JSON.parse(execFileSync("python3", [join(__dirname, "judge_stories.py"), folder, name], { encoding: "utf8" }));

const TOO_MANY = "too many wrong passwords";
const BANNED = "the address is banned";

test("three wrong passwords of one person, and another logs in from the same address", () => {
  expect(story("three_then_another")).toEqual(["wrong", "wrong", "wrong", "right"]);
});

test("an address that guesses is banned after ten passwords, and the right one is not tried any more", () => {
  expect(story("brute_force")).toEqual({ tried: 10, banned: { "192.0.2.66": 900 }, right: BANNED });
});

test("so is one that tries many names once, one that changes in its /64, and one that is written in IPv6", () => {
  expect(story("names_one_by_one")).toEqual([10, ["192.0.2.66"]]);
  expect(story("ipv6")).toEqual({ banned: ["2001:db8:1:2::"], beside: "right" });
  expect(story("written_otherwise")).toEqual(["192.0.2.66"]);
});

test("bans grow to a day, and begin anew after a week without one", () => {
  expect(story("growing")).toEqual([900, 3600, 14_400, 57_600, 86_400, 86_400, 900]);
});

test("an office behind one address is never banned: who guesses there is refused, account by account", () => {
  const office = story("office") as Record<string, unknown>;
  expect(office).toMatchObject({ most: 20, banned: {}, later: ["right"] });
  // What twenty people may mistype, and not 1500.
  expect(office.spread).toBeLessThanOrEqual(210);
});

test("who guesses somebody's password at a shared address closes that account there, and no other, and not at home", () => {
  expect(story("others_of_the_office")).toEqual({
    tried: 10,
    alice: `${TOO_MANY} for the account from the address`,
    bob: "right",
    carol: "right",
    new: "right",
    banned: {},
    "alice at home": "right",
  });
});

test("a guess from many addresses closes the account for strangers, for a while, and not where it logged in", () => {
  expect(story("distributed")).toEqual({
    tried: 50,
    elsewhere: `${TOO_MANY} for the account`,
    home: "right",
    "bob elsewhere": "right",
    later: "right",
  });
});

test("a forgotten device counts once, however often it comes; somebody who hammers with one password is stopped", () => {
  expect(story("forgotten_device")).toEqual({ answers: ["wrong"], banned: {}, new: "right" });
  const hammered = story("hammering") as { tried: number; banned: string[] };
  expect(hammered.banned).toEqual(["192.0.2.66"]);
  expect(hammered.tried).toBeLessThan(500);
});

test("a hundred connections at once are no way around it, and three hundred people or programs at once are no attack", () => {
  expect(story("at_once")).toEqual({ passed: 10, people: 300, programs: 300, later: "right" });
});

test("a right password makes the wrong ones before it good", () => {
  expect(story("mistyped")).toEqual([["right", "wrong"], {}]);
});

test("allowed networks are never refused and never counted", () => {
  expect(story("allowed")).toEqual({ tried: [50, 50, 50], banned: {}, elsewhere: "right" });
  expect(story("allowed_later")).toEqual({});
});

test("bans, counts and places are known after a restart; no password and no hash of one is kept", () => {
  expect(story("restarted")).toEqual({
    banned: ["192.0.2.66"],
    left: 2,
    office: true,
    secrets: false,
    second: [true, 10],
  });
});

test("after a month nothing is left but where people logged in since", () => {
  const empty = { address: {}, pair: {}, account: {}, bans: {} };
  expect(story("out_of_date")).toEqual([
    { ...empty, known: { "198.51.100.1": { "bob@example.org": expect.any(Number) } } },
    { "bob@example.org": ["198.51.100.1"] },
  ]);
});

test("a ban that was lifted is over, and what led to it forgotten", () => {
  expect(story("lifted")).toEqual([true, {}, "right", false]);
});

test("memory has bounds, whatever comes; who is known stays known", () => {
  const flood = story("flood") as Record<string, unknown>;
  expect(flood).toMatchObject({ largest: true, bob: 50, places: 50, alice: "right" });
  expect(flood.mib).toBeLessThan(256);
}, 120_000);

test("strange names and addresses are no way to an error", () => {
  expect(new Set(story("strange") as string[])).toEqual(new Set(["wrong"]));
});
