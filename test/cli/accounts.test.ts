/** `postfleet accounts password`: one password, to one person. */
import { type Surroundings, showPassword } from "../../cli/accounts";
import { main } from "../../cli/main";
import { UserError } from "../../system/errors";
import { keptOutput } from "../support/output";

const MAILBOXES = [
  { address: "alice@example.org" },
  { address: "bob@example.org" },
  { address: "carol@example.org", passwordHash: "{BLF-CRYPT}x" },
  { address: "dan@example.org" },
];
let asked = 0;
let printed = "";
const around: Surroundings = {
  interactive: true,
  mailboxes: () => MAILBOXES,
  passwords: async () => {
    asked++;
    return { "alice@example.org": "of-alice", "bob@example.org": "of-bob" };
  },
  print: (text) => {
    printed += text;
  },
};
beforeEach(() => {
  [asked, printed] = [0, ""];
});
const refusal = (address: string, parts: Partial<Surroundings> = {}): Promise<UserError> =>
  showPassword(address, "prod", { ...around, ...parts }).then(
    () => new UserError("it was shown"),
    (error) => error,
  );

test.each(["alice@example.org", "Alice@Example.ORG", " alice@example.org "])(
  "%j: its password and no other",
  async (address) => {
    await showPassword(address, "prod", around);
    expect(printed).toBe("of-alice\n");
  },
);

test.each([
  ["an unknown address", "eve@example.org", {}, 1, /no account eve@example.org; it has alice@/, 0],
  ["an inherited name", "__proto__", {}, 1, /no account __proto__/, 0],
  ["an address that acts on a terminal", "\u001b[2J", {}, 1, /no account \\x1b\[2J/, 0],
  ["a password of which there is the hash", "carol@example.org", {}, 1, /not generated/, 0],
  ["an account that is not deployed yet", "dan@example.org", {}, 1, /no password was generated.*yet/, 1],
  ["a stack without a state", "alice@example.org", { passwords: async () => undefined }, 1, /yet/, 0],
  ["a pipe", "alice@example.org", { interactive: false }, 2, /terminal alone/, 0],
])(
  "%s is told, with the state decrypted only where it must be",
  async (_what, address, parts, status, words, times) => {
    const error = await refusal(address, parts);
    expect([error.status, asked]).toEqual([status, times]);
    expect(error.message).toMatch(words);
    expect(error.hint).toBeTruthy();
    expect(printed + error.message).not.toContain("of-");
  },
);

const output = keptOutput();

test("the command has no default stack, and wants an address", async () => {
  expect(await main(["node", "postfleet", "accounts", "password", "alice@example.org"])).toBe(2);
  expect(await main(["node", "postfleet", "accounts", "password"])).toBe(2);
  expect(output.err).toContain("no stack was named");
});
