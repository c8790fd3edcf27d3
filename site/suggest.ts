/** "Did you mean …": the nearest of the words that are allowed. */

/**
 * Edits (insert, delete, replace, swap neighbours) that turn one word into the other, optimal string alignment; more than
 * `most` where it is more. Only the band in which so few edits can lead is looked at.
 */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const from = Math.max(1, i - most);
    const to = Math.min(b.length, i + most);
    const row: number[] = [];
    row[from - 1] = from === 1 ? i : most + 1;
    let least = row[from - 1] ?? 0;
    for (let j = from; j <= to; j++) {
      const changed = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? most) + 1, (row[j - 1] ?? most) + 1, (last[j - 1] ?? most) + changed);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (before[j - 2] ?? most) + 1);
      row[j] = best;
      least = Math.min(least, best);
    }
    if (least > most) return least;
    before = last;
    last = row;
  }
  return last[b.length] ?? most + 1;
}

/** Of more words than this only the first are compared: a hint is not worth seconds. */
const COMPARED = 500;
/** Words longer than this are no slip of the pen. */
const LONGEST = 300;

/** Letter case, hyphens and underscores are the commonest slips; they cost nothing. */
const plain = (word: string) => word.toLowerCase().replace(/[-_\s]/g, "");

/** The allowed word that was most likely meant, if any is near: one edit in three letters, three at most. */
export function nearest(word: string, allowed: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined;
  const meant = plain(word);
  const reach = Math.min(3, Math.max(1, Math.floor(meant.length / 3)));
  let best: { word: string; cost: number } | undefined;
  let left = COMPARED;
  for (const candidate of allowed) {
    if (left-- === 0) break;
    const shorter = Math.min(word.length, candidate.length);
    if (Math.abs(word.length - candidate.length) > reach + 2 || shorter === 0) continue;
    const cost = distance(meant, plain(candidate), reach);
    if (cost <= reach && cost < (best?.cost ?? Number.POSITIVE_INFINITY)) best = { word: candidate, cost };
  }
  return best?.word;
}

/** A hint: the word that was meant, or else the advice given. */
export function didYouMean(word: string, allowed: Iterable<string>, otherwise: string): string {
  const meant = nearest(word, allowed);
  return meant === undefined ? otherwise : `did you mean "${meant}"?`;
}
