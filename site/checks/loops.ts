/** Circles in a directed graph. */
import { MOST_PROBLEMS, type Path } from "../problems";

/** Nodes of a long circle that are named at either end. */
const SHOWN = 10;

export interface Edge {
  from: string;
  to: string;
  /** Where the edge is written. */
  at: Path;
}

/**
 * Circles, each with the nodes along it (the first one again at the end) and the place of the edge that closes it. As many
 * as there are edges to remove in a depth-first walk, so that the graph has none once all of them are mended; no more than
 * are shown.
 */
export function loops(edges: readonly Edge[]): { way: string; nodes: number; at: Path }[] {
  const out = groupEdges(edges);
  const found: { way: string; nodes: number; at: Path }[] = [];
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
        found.push({ ...told(way, on.get(edge.to) ?? 0, edge.to), at: edge.at });
        if (found.length === MOST_PROBLEMS) return found;
      } else if (!done.has(edge.to)) {
        on.set(edge.to, way.length);
        way.push({ node: edge.to, next: 0 });
      }
    }
  }
  return found;
}

/** A circle in words; of a long one its beginning and its end. */
function told(way: readonly { node: string }[], from: number, to: string): { way: string; nodes: number } {
  const nodes = way.length - from;
  const name = ({ node }: { node: string }) => node;
  const shown =
    nodes <= 2 * SHOWN
      ? way.slice(from).map(name)
      : [...way.slice(from, from + SHOWN).map(name), `(${nodes - 2 * SHOWN} more)`, ...way.slice(-SHOWN).map(name)];
  return { way: [...shown, to].join(" -> "), nodes };
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
