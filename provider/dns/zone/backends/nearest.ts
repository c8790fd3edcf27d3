/** The zones that somebody may have meant, for messages. */

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** "; the nearest it has are …", or that there are none. */
export function nearestZones(zone: string, names: readonly string[], most = 5): string {
  if (names.length === 0) return "; it shows no zones at all";
  const sorted = [...names].sort((a, b) => distance(zone, a) - distance(zone, b));
  return names.length <= most
    ? `; it has ${sorted.join(", ")}`
    : `; the nearest of its ${names.length} are ${sorted.slice(0, most).join(", ")}`;
}
