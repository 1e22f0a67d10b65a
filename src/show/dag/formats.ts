// The graph for other programs: Graphviz and Mermaid exactly as DVC writes them, and JSON.
import { caption, type DagView } from './view.ts';

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** Graphviz: every node, then every edge from what makes to what reads. */
export function dagDot({ nodes, edges }: DagView): string {
  const captions = new Map(nodes.map((node) => [node.id, quoted(caption(node))]));
  const place = new Map(nodes.map(({ id }, index) => [id, index]));
  const sorted = [...edges].sort(
    (a, b) => place.get(a[0])! - place.get(b[0])! || place.get(a[1])! - place.get(b[1])!,
  );
  return [
    'strict digraph {',
    ...nodes.map(({ id }) => `${captions.get(id)!};`),
    ...sorted.map(([from, to]) => `${captions.get(from)!} -> ${captions.get(to)!};`),
    '}',
    '',
  ].join('\n');
}

/** Mermaid: the nodes of each connected part sorted by name and followed by its edges. */
export function dagMermaid(view: DagView): string {
  const lines = ['flowchart TD'];
  let last = 0;
  for (const { nodes, edges } of connectedParts(view)) {
    const names = new Map<string, string>();
    for (const node of [...nodes].sort((a, b) => compare(a.id, b.id))) {
      last += 1;
      names.set(node.id, `node${last}`);
      lines.push(`\tnode${last}["${caption(node).replaceAll('"', '#quot;')}"]`);
    }
    const sorted = [...edges].sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
    for (const [from, to] of sorted) lines.push(`\t${names.get(from)!}-->${names.get(to)!}`);
  }
  return [...lines, ''].join('\n');
}

export interface DagJson {
  readonly nodes: readonly { readonly name: string; readonly count?: number; readonly state?: string }[];
  readonly edges: readonly (readonly [stage: string, dependsOn: string])[];
}

export function dagJson({ nodes, edges }: DagView): DagJson {
  return {
    nodes: nodes.map(({ id, count, state }) => ({
      name: id,
      ...(count && { count }),
      ...(state && { state }),
    })),
    edges: edges.map(([from, to]) => [to, from]),
  };
}

/** The connected parts of a view, in the order of their first nodes. */
export function connectedParts({ nodes, edges }: DagView): DagView[] {
  const leader = new Map(nodes.map(({ id }) => [id, id]));
  const find = (id: string): string => {
    let top = id;
    while (leader.get(top) !== top) top = leader.get(top)!;
    for (let at = id; at !== top;) {
      const next = leader.get(at)!;
      leader.set(at, top);
      at = next;
    }
    return top;
  };
  for (const [from, to] of edges) leader.set(find(to), find(from));
  const nodesOf = Map.groupBy(nodes, ({ id }) => find(id));
  const edgesOf = Map.groupBy(edges, ([from]) => find(from));
  return [...nodesOf].map(([id, part]) => ({ nodes: part, edges: edgesOf.get(id) ?? [] }));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
