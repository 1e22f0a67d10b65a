// The graph as an indented list, for graphs that are too wide to draw: each box below what it depends on, one per line.
import { largest } from '../../base/extremes.ts';
import { stateStyle } from './drawing.ts';
import { caption, type DagView } from './view.ts';
import { groupPart } from '../text/group-part.ts';
import type { Paint } from '../text/paint.ts';
import { textWidth } from '../text/text-width.ts';

/** Deeper graphs are not indented further: a chain of a thousand stages stays on the screen. */
const DEEPEST = 8;
/** From this many on, members of one group are listed as one: `train@… ×90`. */
const MANY = 4;

/** `← a, b` after a name: what it depends on. @param width columns, where lines are wrapped. */
export function dagList({ nodes, edges }: DagView, width: number, paint: Paint): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const above = Map.groupBy(edges, ([, to]) => to);
  const below = Map.groupBy(edges, ([from]) => from);
  const depth = new Map<string, number>();
  const waiting = new Map(nodes.map(({ id }) => [id, above.get(id)?.length ?? 0]));
  const lines: string[] = [];
  // Depth first: what a box makes possible follows it directly.
  const open = nodes
    .filter(({ id }) => waiting.get(id) === 0)
    .map(({ id }) => id)
    .reverse();
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = byId.get(id)!;
    const sources = (above.get(id) ?? []).map(([from]) => from);
    const level = Math.min(DEEPEST, Math.max(0, largest(sources.map((source) => depth.get(source)! + 1))));
    depth.set(id, level);
    const margin = '  '.repeat(level);
    const name = node.state ? paint(stateStyle[node.state], caption(node)) : caption(node);
    const [first, ...more] = wrapSources(
      sources.map((source) => caption(byId.get(source)!)),
      {
        width,
        first: textWidth(margin + caption(node)),
        margin: `${margin}    `,
      },
    );
    lines.push(margin + name + paint('dim', first ?? ''), ...more.map((line) => paint('dim', line)));
    const ready: string[] = [];
    for (const [, to] of below.get(id) ?? []) {
      waiting.set(to, waiting.get(to)! - 1);
      if (waiting.get(to) === 0) ready.push(to);
    }
    for (const to of ready.reverse()) open.push(to);
  }
  return lines;
}

/** @param room how far the first line is used up already, and what the others begin with. */
function wrapSources(
  sources: readonly string[],
  room: { readonly width: number; readonly first: number; readonly margin: string },
): string[] {
  if (sources.length === 0) return [];
  const pieces = foldMembers(sources);
  const lines = ['  ←'];
  let used = room.first + 3;
  pieces.forEach((piece, index) => {
    const text = ` ${piece}${index < pieces.length - 1 ? ',' : ''}`;
    if (used + textWidth(text) > room.width && used > room.margin.length) {
      lines.push(room.margin.slice(1));
      used = room.margin.length - 1;
    }
    lines[lines.length - 1] += text;
    used += textWidth(text);
  });
  return lines;
}

function foldMembers(names: readonly string[]): string[] {
  const groups = Map.groupBy(names, groupPart);
  return [...groups].flatMap(([group, list]) => (list.length < MANY ? list : [`${group}@… ×${list.length}`]));
}
