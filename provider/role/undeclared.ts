/** What nobody declared on a host, as a preview tells it. */
import type { Undeclared } from "../host";

/** Lines of one host; the rest is counted. */
const MOST_LINES = 40;

/** The note of a preview; undefined where there is nothing to tell. */
export function undeclaredNote(found: readonly Undeclared[]): string | undefined {
  if (found.length === 0) return undefined;
  const lines = found.map(({ kind, name, detail }) => printable(`${kind} ${name} (${detail})`)).sort();
  const more = lines.length - MOST_LINES;
  const shown = more > 0 ? [...lines.slice(0, MOST_LINES), `… and ${more} more`] : lines;
  const those = found.length === 1 ? "this is on the host, and nobody declared it" : "nobody declared these";
  return (
    `${those}; an update leaves ${found.length === 1 ? "it" : "them"} alone:\n${shown.map((line) => `  ${line}`).join("\n")}\n` +
    "  hint: look who put it there; what is wanted belongs into the site file"
  );
}

/** Names on a host may hold anything; what would move the cursor or turn the writing round is shown as its number. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
