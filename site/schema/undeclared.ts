/** Keys for what a preview found on a host that nobody declared. */
import type { Fields } from "./kinds";
import { Refusal, type Schema, text } from "./kinds";
import { flag, formed, line, moment } from "./scalars";

const KINDS = [
  "capability",
  "changed",
  "directory",
  "file",
  "group",
  "key",
  "line",
  "link",
  "member",
  "missing",
  "module",
];
const ALL_KINDS = [...KINDS, "package", "port", "rules", "set-id", "setting", "user", "writable"];

/** A thing as a preview names it: its kind and its name. */
const thing: Schema<string> = text({
  allowed: "a kind and a name as the preview shows them, without what stands in parentheses",
  json: { pattern: `^(${ALL_KINDS.join("|")}) \\S` },
  parse(given) {
    const [kind = "", ...name] = given.split(" ");
    if (/\p{Cc}/u.test(given))
      return new Refusal("control characters cannot be used here", "write \\x1b as the preview shows it, in ' quotes");
    if (!ALL_KINDS.includes(kind))
      return new Refusal(`"${kind}" is no kind`, `copy it from the preview; kinds are ${ALL_KINDS.join(", ")}`);
    if (name.join(" ").trim() === "")
      return new Refusal("the name is missing", `write e.g. ${kind} /etc/cron.d/backup`);
    return given.trim();
  },
});

/** One thing, and what becomes of it. */
export const undeclared = {
  what: {
    schema: thing,
    description: "What it is, as the preview names it: the kind and the name.",
    required: true,
    examples: ["file /etc/cron.d/inventory", "key root SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"],
  },
  allow: {
    schema: line("a reason, one line", 200),
    description:
      "Why it may be there: previews do not show it before `until`. A `directory` stands for everything below it.",
    examples: ["the data centre's inventory agent"],
  },
  until: {
    schema: moment,
    description: "Until when it is allowed: a day, or a time in UTC. Then previews show it again, with the reason.",
    examples: ["2027-06-30"],
  },
  remove: {
    schema: flag,
    description:
      "Take it away: files and links, by `up`, in one transaction with the rest; a copy stays in /var/lib/postfleet/original.",
    default: false,
  },
} satisfies Fields;

/** Where Postfleet keeps its own notes. */
const NOTES = /^\/(var\/lib|run)\/postfleet(\/|$)/;

/** A path on a host. */
export const ownPath: Schema<string> = text({
  allowed: "an absolute path of a file on the host",
  json: { pattern: "^/" },
  parse(given) {
    if (/\p{Cc}/u.test(given)) return new Refusal("control characters cannot be used here", "write one line");
    const parts = given.split("/").slice(1);
    if (!given.startsWith("/") || parts.some((part) => part === "" || part === "." || part === ".."))
      return new Refusal("this is no absolute path of a file", "write e.g. /etc/cron.d/inventory, without .. and //");
    if (NOTES.test(given)) return new Refusal("Postfleet keeps its own notes there", "choose another place");
    return given;
  },
});

/** A file of the site's own. */
export const ownFile = {
  from: {
    schema: line("a path, relative to the site file", 1000),
    description: "The file with the content: text of at most 256 KiB, no secret. Previews show how it changes.",
    required: true,
    examples: ["files/inventory"],
  },
  mode: {
    schema: formed("four octal digits, in quotes", /^0[0-7]{3}$/, 'write e.g. "0644", or "0755" for a program'),
    description: "Permissions.",
    default: "0644",
    examples: ["0755"],
  },
} satisfies Fields;
