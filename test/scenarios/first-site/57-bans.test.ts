/** Chapter: passwords are guessed. Who guesses is kept out of every login for a while; mail, SSH and everybody else go on. */
import { command, ok, on, POSTFLEET } from "../support/lab";
import { imap, swaks } from "../support/mail";

const bans = (...words: string[]) => command(POSTFLEET, ["bans", ...words, "--stack", "lab"]);
const hostOf = async (name: string) => (await ok(name, "hostname -I")).trim().split(" ");

/** Logs in from the foreign host; curl's exit status: 0 in, 67 refused, 28 or 7 not reached. */
const guess = async (password: string): Promise<number> =>
  Number(
    (
      await on(
        "foreign1",
        `curl -sk --max-time 8 imaps://10.66.0.11/ -u carol@example.net:${password} >/dev/null; echo $?`,
      )
    ).stdout,
  );

/** Whether the foreign host reaches a port. */
const reaches = async (port: number): Promise<boolean> =>
  (await on("foreign1", `timeout 3 bash -c '</dev/tcp/10.66.0.11/${port}'`)).status === 0;

test("nobody is banned on a site where nobody guesses", async () => {
  expect(await bans("list")).toMatchObject({ status: 0, stdout: "no address is banned\n" });
});

test("the judge and the bans run, each as a user of its own without rights", async () => {
  const users = await ok(
    "mail1",
    "ps -o user:20= -p $(systemctl show -P MainPID postfleet-judge postfleet-bans | tr '\\n' ' ')",
  );
  expect(users.trim().split(/\s+/).sort()).toEqual(["postfleet-bans", "postfleet-judge"]);
});

describe("somebody guesses from elsewhere", () => {
  beforeAll(async () => {
    await Promise.all(Array.from({ length: 12 }, (_, n) => guess(`guess-${n}`)));
    await new Promise((resolve) => setTimeout(resolve, 4000));
  }, 120_000);

  test("and is banned at all ports of logins, not at those of mail and SSH", async () => {
    const ports = [465, 587, 993, 4190, 443, 25, 22];
    const reached = await Promise.all(ports.map(reaches));
    expect(ports.filter((_, at) => reached[at])).toEqual([25, 22]);
  });

  test("mail from there still comes in", async () => {
    const letter = await swaks(
      "--server 10.66.0.11 --helo foreign1.foreign.example --quit-after RCPT --from zoe@foreign.example --to alice@example.org",
    );
    expect(letter.output).toMatch(/RCPT TO[\s\S]*250/);
  });

  test("whose password it is logs in from where she is", async () => {
    expect(await imap("carol@example.net", async (client) => client.authenticated)).toBeTruthy();
  });

  test("the operator sees the ban, a new ruleset leaves it, and lifting it ends it at once", async () => {
    const { bans: listed } = JSON.parse((await bans("list", "--json")).stdout) as { bans: { address: string }[] };
    const theirs = await hostOf("foreign1");
    expect(listed.map(({ address }) => theirs.includes(address))).toEqual([true]);
    await ok("mail1", "systemctl reload nftables");
    expect(await reaches(993)).toBe(false);
    const address = listed[0]?.address ?? "";
    expect(await bans("lift", address)).toMatchObject({ status: 0, stdout: `${address} is free again\n` });
    await new Promise((resolve) => setTimeout(resolve, 4000));
    expect(await reaches(993)).toBe(true);
    expect(await bans("lift", address)).toMatchObject({ status: 1 });
  });
});

test("without the judge people log in", async () => {
  await ok("mail1", "systemctl stop postfleet-judge");
  try {
    expect(await imap("alice@example.org", async (client) => client.authenticated)).toBeTruthy();
  } finally {
    await ok("mail1", "systemctl start postfleet-judge");
  }
});
