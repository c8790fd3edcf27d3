/** The words that are most like another one. */

const pairs = (word: string): string[] =>
  Array.from({ length: Math.max(word.length - 1, 0) }, (_, i) => word.toLowerCase().slice(i, i + 2));

/** Up to three, most alike first, by the pairs of letters that they share. */
export function nearest(word: string, among: string[]): string[] {
  const wanted = pairs(word);
  const likeness = (other: string) => {
    const theirs = pairs(other);
    return wanted.filter((pair) => theirs.includes(pair)).length / (wanted.length + theirs.length);
  };
  return among
    .map((other) => ({ other, like: likeness(other) }))
    .filter(({ like }) => like > 0)
    .sort((a, b) => b.like - a.like)
    .slice(0, 3)
    .map(({ other }) => other);
}
