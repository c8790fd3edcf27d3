/** Keys for what a preview found on a host that nobody declared. */
import type { Fields } from "./kinds";
import { Refusal, type Schema, text } from "./kinds";
import { flag, line, moment } from "./scalars";

const KINDS = ["changed", "directory", "file", "group", "key", "line", "link", "member", "package", "port", "set-id"];
const ALL_KINDS = [...KINDS, "user", "writable"];

/** A thing as a preview names it: its kind and its name. */
const thing: Schema<string> = text({
  allowed: "a kind and a name as the preview shows them, without what stands in parentheses",
  json: { pattern: `^(${ALL_KINDS.join("|")}) \\S` },
  parse(given) {
    const [kind = "", ...name] = given.split(" ");
    if (/\p{Cc}/u.test(given))
      return new Refusal(
        "control characters cannot be used here",
        "write \\u{1b} as the preview shows it, in ' quotes",
      );
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
