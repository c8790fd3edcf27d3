/** "Did you mean …": the nearest of the words that are allowed. */

/** Edits (insert, delete, replace, swap neighbours) that turn one word into the other: optimal string alignment. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + changed);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (before[j - 2] ?? 0) + 1);
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** Letter case, hyphens and underscores are the commonest slips; they cost nothing. */
const plain = (word: string) => word.toLowerCase().replace(/[-_\s]/g, "");

/** The allowed word that was most likely meant, if any is near: one edit in three letters, three at most. */
export function nearest(word: string, allowed: Iterable<string>): string | undefined {
  const reach = Math.min(3, Math.max(1, Math.floor(plain(word).length / 3)));
  let best: { word: string; cost: number } | undefined;
  for (const candidate of allowed) {
    const shorter = Math.min(word.length, candidate.length);
    if (Math.abs(word.length - candidate.length) > reach + 2 || shorter === 0) continue;
    const cost = distance(plain(word), plain(candidate));
    if (cost <= reach && cost < (best?.cost ?? Number.POSITIVE_INFINITY)) best = { word: candidate, cost };
  }
  return best?.word;
}

/** A hint: the word that was meant, or else the advice given. */
export function didYouMean(word: string, allowed: Iterable<string>, otherwise: string): string {
  const meant = nearest(word, allowed);
  return meant === undefined ? otherwise : `did you mean "${meant}"?`;
}
