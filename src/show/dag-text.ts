// The graph for the terminal: a drawing of each connected part, or a list where a drawing would be too wide.
import { drawPart } from './dag-drawing.ts';
import { connectedParts } from './dag-formats.ts';
import { dagList } from './dag-list.ts';
import { withoutImplied } from './dag-reduce.ts';
import type { DagView } from './dag-view.ts';
import { painter } from './paint.ts';
import { padTo, textWidth } from './text-width.ts';

/** Columns between drawings that stand side by side. */
const BETWEEN = 3;

export interface DagTextOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly colour?: boolean;
  /** Draw also the edges that follow from others. */
  readonly all?: boolean;
}

/**
 * Whole lines, each with its end. Edges that follow from others are left out of drawings and counted below
 * them; lists have every edge.
 */
export function dagText(view: DagView, { width, colour = false, all = false }: DagTextOptions): string {
  const paint = painter(colour);
  const drawings: string[][] = [];
  const lists: string[][] = [];
  let hidden = 0;
  for (const part of connectedParts(view)) {
    const drawn = all ? part : withoutImplied(part);
    const drawing = drawPart(drawn, width, paint);
    if (!drawing) {
      lists.push(dagList(part, width, paint));
      continue;
    }
    drawings.push(drawing);
    hidden += part.edges.length - drawn.edges.length;
  }
  const blocks = [...sideBySide(drawings, width), ...lists];
  if (hidden > 0)
    blocks.push([
      paint(
        'dim',
        `not drawn: ${hidden} ${hidden === 1 ? 'edge that follows' : 'edges that follow'} from others`,
      ),
    ]);
  return blocks.map((block) => block.join('\n') + '\n').join('\n');
}

/** Parts that are small stand beside each other as long as there is room. */
function sideBySide(blocks: readonly (readonly string[])[], width: number): string[][] {
  const shelves: { rows: string[]; used: number; height: number }[] = [];
  for (const block of blocks) {
    const own = Math.max(...block.map(textWidth));
    const shelf = shelves.at(-1);
    if (!shelf || shelf.used + BETWEEN + own > width || block.length > shelf.height) {
      shelves.push({ rows: [...block], used: own, height: block.length });
      continue;
    }
    block.forEach((row, index) => {
      shelf.rows[index] = padTo(shelf.rows[index]!, shelf.used + BETWEEN) + row;
    });
    shelf.used += BETWEEN + own;
  }
  return shelves.map(({ rows }) => rows);
}
