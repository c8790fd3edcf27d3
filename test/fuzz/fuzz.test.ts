/** The fuzzer finds what is wrong, says how to find it again, and makes it small. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { newFolder } from "../support/folder";
import { fuzz, inLinearTime, kept, type Target } from "./fuzz";

const broken = (what: (text: string) => boolean): Target => ({
  name: "broken",
  seeds: [Buffer.from("one two three\nfour five six\n")],
  words: ["seven"],
  check(input) {
    if (what(input.toString())) throw new Error("seven came before four");
  },
});
const before = (text: string) => /seven[\s\S]*four/.test(text);

test("a fault is found, made small, and kept; its number finds it again at once", async () => {
  const corpus = newFolder();
  const run = { first: 1, milliseconds: 30_000, corpus };
  const error = await fuzz(broken(before), run).then(
    () => new Error("it found nothing"),
    (fault: Error) => fault,
  );
  expect(error.message).toMatch(/^POSTFLEET_FUZZ_SEED=\d+ npx jest test\/fuzz\/broken: seven came before four\n/);
  expect(kept("broken", corpus).map(([, input]) => input.toString())).toEqual(["sevenfour"]);
  const first = Number(/SEED=(\d+)/.exec(error.message)?.[1]);
  await expect(fuzz(broken(before), { first, milliseconds: 0, corpus: newFolder() })).rejects.toThrow(`SEED=${first} `);
});

test("where nothing is wrong it runs until its time is over, and keeps nothing", async () => {
  const corpus = newFolder();
  expect(
    await fuzz(
      broken(() => false),
      { first: 1, milliseconds: 100, corpus },
    ),
  ).toBeGreaterThan(10);
  expect(readdirSync(corpus)).toEqual([]);
});

test("what takes too long for its length is told", () => {
  const busy = (milliseconds: number) => {
    const end = process.cpuUsage().user + milliseconds * 1000;
    while (process.cpuUsage().user < end);
  };
  expect(() => inLinearTime(1, () => busy(500))).toThrow(/slow: \d+ ms of the processor for 1 bytes/);
  expect(() => inLinearTime(100_000, () => busy(500))).not.toThrow();
});

test("every target has a corpus of what it found", () => {
  expect(readdirSync(join(__dirname, "corpus")).sort()).toEqual(["agent", "loader", "session", "zone"]);
});
