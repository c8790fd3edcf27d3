import { shellQuote } from "../../quote/programs";
import { allOf, attempt, run, until } from "../../system/run";
import { failureOf } from "../support/failure";

test("a program gets its input and its words come back, no shell between", async () => {
  const word = "it's $HOME `x` *";
  expect(await attempt(["printf", "%s", word])).toEqual({ status: 0, stdout: word, stderr: "" });
  expect(await run(["cat"], { input: "ä" })).toBe("ä");
  expect(await run(["sh", "-c", `printf %s ${shellQuote(word)}`])).toBe(word);
  // More than a pipe holds, to a program that does not read it.
  expect((await attempt(["true"], { input: "x".repeat(1_000_000) })).status).toBe(0);
});

test("it has the environment of this process and what is added, and speaks English in UTF-8", async () => {
  const said = await run(["sh", "-c", 'echo "$LC_ALL $EXTRA $PATH"'], { env: { EXTRA: "more" } });
  expect(said).toBe(`C.UTF-8 more ${process.env.PATH}\n`);
});

test("one that cannot be started, or takes too long, has status -1 and says why", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  expect(await attempt(["/no/such/program"])).toMatchObject({ status: -1, stderr: expect.stringContaining("ENOENT") });
  // No timer is left behind, which would keep the command from ending.
  expect(timers()).toBe(before);
  const slow = await attempt(["sleep", "60"], { timeout: 0.1 });
  expect(slow).toMatchObject({ status: -1, stderr: "ended by SIGKILL (time limit 0.1 s)\n" });
});

test("the error of a program that had to succeed carries its last words", async () => {
  const { message } = await failureOf(run(["sh", "-c", "seq 20; echo why >&2; exit 3"]));
  expect(message).toContain("exit 3` failed (status 3):");
  expect(message).toMatch(/ {4}6\n[\s\S]* {4}20$/);
  expect(message).not.toContain("    5\n");
  expect((await failureOf(run(["sh", "-c", "echo why >&2; exit 3"]))).message).toMatch(/\n {4}why$/);
});

test("waiting ends when the probe is true, or with what was waited for and a hint", async () => {
  let looks = 0;
  await until(
    "three looks",
    5,
    async () => ++looks === 3,
    () => "",
  );
  expect(looks).toBe(3);
  const late = await failureOf(
    until(
      "the door is open",
      0.05,
      async () => false,
      () => "knock",
    ),
  );
  expect(late).toMatchObject({ message: "the door is open: not within 0.05 s", hint: "knock" });
});

test("of several pieces of work all have ended before the first failure is told", async () => {
  let ended = false;
  const slow = new Promise<void>((resolve) =>
    setTimeout(() => {
      ended = true;
      resolve();
    }, 50),
  );
  await expect(allOf([Promise.reject(new Error("no")), slow])).rejects.toThrow("no");
  expect(ended).toBe(true);
  expect(await allOf([Promise.resolve(1), Promise.resolve(2)])).toEqual([1, 2]);
});
