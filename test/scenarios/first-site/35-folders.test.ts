/** Folders with every name that people give them, and what a search finds in them. */

import type { ImapFlow, SearchObject } from "imapflow";
import { lab, ok } from "../support/lab";
import { imap, marker } from "../support/mail";

const started = Math.floor(Date.now() / 1000);
const BOB = "bob@example.org";

const letter = (subject: string, lines: { from?: string; to?: string; text?: string } = {}) =>
  [
    `From: ${lines.from ?? "Zoe <zoe@foreign.example>"}`,
    `To: ${lines.to ?? "Bob <bob@example.org>"}`,
    `Subject: ${subject}`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "",
    lines.text ?? "-",
    "",
  ].join("\r\n");

/** One session in a folder of this run's own, gone afterwards. */
async function inFolder(use: (folder: string, client: ImapFlow) => Promise<void>): Promise<void> {
  const folder = marker("Folder").replace(/ /g, "-");
  await imap(BOB, async (client) => {
    await client.mailboxCreate(folder);
    await use(folder, client);
    if ((await paths(client)).includes(folder)) await client.mailboxDelete(folder);
  });
}

const paths = async (client: ImapFlow): Promise<string[]> => (await client.list()).map(({ path }) => path);

/** How many messages of a folder a search finds. */
async function found(client: ImapFlow, folder: string, query: SearchObject): Promise<number> {
  const lock = await client.getMailboxLock(folder);
  try {
    return ((await client.search(query)) || []).length;
  } finally {
    lock.release();
  }
}

beforeAll(lab);

test("folders have any name: they take mail, and are gone when they are deleted", async () => {
  await inFolder(async (parent, client) => {
    const names = ["new", "cur", "tmp", "subscriptions"];
    const below = [...names, "folders", "Projects/new", "cur/cur", "Ärger/Ä", "dovecot-uidlist"];
    const wrong = [];
    for (const folder of [...names, ...below.map((name) => `${parent}/${name}`)]) {
      await client.mailboxCreate(folder);
      await client.append(folder, letter("kept"));
      // A search waits for the index, so that nobody writes into the folder while it is deleted.
      const kept = await found(client, folder, { text: "kept" });
      await client.mailboxDelete(folder);
      if (kept !== 1 || (await paths(client)).includes(folder)) wrong.push(folder);
    }
    expect(wrong).toEqual([]);
  });
}, 60_000);

test("a folder that was searched has no children, and when it is deleted its words leave the disk", async () => {
  const word = `zanzibar${Date.now().toString(36)}`;
  await inFolder(async (folder, client) => {
    await client.append(folder, letter("a", { text: `We sail to ${word}.` }));
    expect(await found(client, folder, { body: word })).toBe(1);
    const flags = (await client.list()).find(({ path }) => path === folder)?.flags;
    expect(flags?.has("\\HasChildren")).toBe(false);
    expect(await ok("mail1", `find /var/vmail -path '*${folder}*' -name fts-flatcurve`)).toContain(folder);
    await client.mailboxDelete(folder);
    expect(await paths(client)).not.toContain(folder);
    expect(await ok("mail1", `find /var/vmail -path '*${folder}*'; grep -rl ${word} /var/vmail || true`)).toBe("");
  });
});

test("a search finds parts of words, words behind an apostrophe, accents or none, and people with an apostrophe", async () => {
  const text = "Rendez-vous à l'université, d'accord? L’hôpital de l'école. Dell'ufficio, quest'anno. Straßenbahn";
  const people = { from: `Liam O'Brien <liam.o'brien@foreign.example>`, to: `"Pat O'Hara" <bob@example.org>` };
  const queries: SearchObject[] = [
    ...["université", "universite", "accord", "l'université", "hôpital", "hopital", "école", "ufficio", "anno"],
    ...["niversit", "bahn", "O'Hara", "Aubigny"],
  ].map((word) => ({ text: word }));
  const more: SearchObject[] = [
    ...["O'Brien", "Liam O'Brien", "liam.o'brien@foreign.example", "Brien"].map((from) => ({ from })),
    { to: "O'Hara" },
    { subject: "D'Aubigny" },
  ];
  await inFolder(async (folder, client) => {
    await client.append(folder, letter("D'Aubigny", { text, ...people }));
    const missed = [];
    for (const query of [...queries, ...more]) if ((await found(client, folder, query)) !== 1) missed.push(query);
    expect(missed).toEqual([]);
    expect(await found(client, folder, { text: "cathedral" })).toBe(0);
  });
});

test("Dovecot logged no error meanwhile", async () => {
  const log = `journalctl -q -u dovecot --no-pager --since @${started} | grep 'Error:' | head -5; true`;
  expect(await ok("mail1", log)).toBe("");
});
