/** The proof at the end of a deployment: a mail from outside arrives, is read and answered, and the answer arrives. */
import { randomBytes } from "node:crypto";
import { UserError } from "../../system/errors";
import type { Network } from "../surroundings/types";
import { type Account, certificateFault, type Received, send, waitFor } from "./mail";

/** Patience with one delivery, in seconds: the first mail to a fresh host may have to be sent a second time. */
const DELIVERY = 180;

/** What the receiving side found out about SPF, DKIM and DMARC, RFC 8601: `spf=pass dkim=pass dmarc=pass`. */
export function verdicts(authentication: string[]): string {
  const words = authentication.join("; ").match(/\b(spf|dkim|dmarc|arc)=\w+/g) ?? [];
  return [...new Set(words)].join(" ") || "no verdict";
}

/** What a receiver finds of mail that is what it says, RFC 7208, 6376 and 9989. */
const PROOFS = ["spf=pass", "dkim=pass", "dmarc=pass"];

/** Refuses a mail that arrived without its proofs, or with a signature that does not verify. */
export function refuseUnproven({ authentication }: Pick<Received, "authentication">, from: string): void {
  const found = verdicts(authentication);
  const words = found.split(" ").filter((word) => !word.startsWith("arc="));
  if (PROOFS.every((proof) => words.includes(proof)) && words.every((word) => PROOFS.includes(word))) return;
  throw new UserError(
    `the mail from ${from} arrived, and its receiver found ${found}; wanted are ${PROOFS.join(" ")}`,
    `postfleet dns compares the records of ${from.split("@")[1]} with what they should be; the log of rspamd on its host says what was signed`,
  );
}

async function arrival(at: Account, subject: string, network: Network, hint: string): Promise<Received> {
  const mail = await waitFor(at, subject, network, DELIVERY);
  if (mail) return mail;
  throw new UserError(`the mail "${subject}" did not reach ${at.address} within ${DELIVERY} s`, hint);
}

/** Patience with the CA, in seconds: it asks for one name after the other, and the first certificate of a site has many. */
const FIRST_CERTIFICATE = 300;

/** Waits for the CA's certificate: until then the server shows one that it signed itself, and clients refuse it. */
async function trusted(owner: Account, network: Network, step: (text: string) => void): Promise<void> {
  const end = Date.now() + FIRST_CERTIFICATE * 1000;
  let told = false;
  for (;;) {
    const fault = await certificateFault(owner.imap, network);
    if (!fault) return;
    if (Date.now() > end) {
      throw new UserError(
        `${owner.imap.host} has no certificate that clients trust after ${FIRST_CERTIFICATE} s: ${fault}`,
        "postfleet lab ssh mail1 journalctl -u postfleet-certificates tells what the CA said",
      );
    }
    if (!told) step(`waiting for the first certificate of ${owner.imap.host} (${fault})`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** Tells the story line by line through `print`; an error where it breaks off. */
export async function hello(
  stranger: Account,
  owner: Account,
  network: Network,
  print: (line: string) => void,
): Promise<void> {
  const since = Date.now();
  const step = (text: string) => print(`  ${((Date.now() - since) / 1000).toFixed(1).padStart(6)} s  ${text}`);
  const subject = `Hello ${randomBytes(4).toString("hex")}`;

  await trusted(owner, network, step);
  const sent = await send(stranger, { to: owner.address, subject, text: "Does your new mail server work?" }, network);
  step(`${stranger.address} sent "${subject}" to ${owner.address}: ${sent.answer}`);
  const logs = "postfleet lab ssh mail1 journalctl -n 50 -u 'postfix@*' -u rspamd -u dovecot tells why";
  const mail = await arrival(owner, subject, network, logs);
  step(`${owner.address} found it in INBOX over IMAP: ${verdicts(mail.authentication)}`);
  refuseUnproven(mail, stranger.address);
  step(`${owner.address} reads: ${mail.text}`);

  const answer = { to: stranger.address, subject: `Re: ${subject}`, text: "It does.", inReplyTo: mail.messageId };
  const answered = await send(owner, answer, network);
  step(`${owner.address} answered: ${answered.answer}`);
  const back = await arrival(stranger, answer.subject, network, logs);
  step(`${stranger.address} received the answer: ${verdicts(back.authentication)}`);
  refuseUnproven(back, owner.address);
  step(`${stranger.address} reads: ${back.text}`);
}
