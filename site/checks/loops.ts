/** Circles in a directed graph. */
import type { Path } from "../problems";

export interface Edge {
  from: string;
  to: string;
  /** Where the edge is written. */
  at: Path;
}

/**
 * Circles, each with the nodes along it (the first one again at the end) and the place of the edge that closes it. As many
 * as there are edges to remove in a depth-first walk, so that the graph has none once all of them are mended.
 */
export function loops(edges: readonly Edge[]): { way: string[]; at: Path }[] {
  const out = groupEdges(edges);
  const found: { way: string[]; at: Path }[] = [];
  const done = new Set<string>();
  for (const start of out.keys()) {
    if (done.has(start)) continue;
    // A stack of our own: a chain of 100 000 aliases is no reason to fail.
    const way = [{ node: start, next: 0 }];
    const on = new Map([[start, 0]]);
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const edge = out.get(top.node)?.[top.next++];
      if (edge === undefined) {
        done.add(top.node);
        on.delete(top.node);
        way.pop();
      } else if (on.has(edge.to)) {
        const circle = way.slice(on.get(edge.to)).map(({ node }) => node);
        found.push({ way: [...circle, edge.to], at: edge.at });
      } else if (!done.has(edge.to)) {
        on.set(edge.to, way.length);
        way.push({ node: edge.to, next: 0 });
      }
    }
  }
  return found;
}

function groupEdges(edges: readonly Edge[]): Map<string, Edge[]> {
  const out = new Map<string, Edge[]>();
  for (const edge of edges) {
    const known = out.get(edge.from);
    if (known) known.push(edge);
    else out.set(edge.from, [edge]);
  }
  return out;
}
