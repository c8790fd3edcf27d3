/** What a command of ours prints and with which status it wants to end. */

export interface Output {
  /** Standard output of the test so far, standard error, and both as a terminal shows them. */
  out: string;
  err: string;
  all: string;
}

/** Keeps what the tests of this `describe` or file print, from the beginning of each; nothing reaches the terminal. */
export function keptOutput(): Output {
  const kept = { out: "", err: "", all: "" };
  const streams = { out: process.stdout, err: process.stderr };
  let spies: jest.SpyInstance[] = [];
  let status: typeof process.exitCode;
  beforeEach(() => {
    status = process.exitCode;
    Object.assign(kept, { out: "", err: "", all: "" });
    spies = (["out", "err"] as const).map((name) =>
      jest.spyOn(streams[name], "write").mockImplementation((text) => {
        kept[name] += String(text);
        kept.all += String(text);
        return true;
      }),
    );
  });
  afterEach(() => {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = status;
  });
  return kept;
}
