// The graph for the terminal: a drawing of each connected part, or a list where a drawing would be too wide.
import { largest } from '../../base/extremes.ts';
import { drawPart } from './drawing.ts';
import { connectedParts } from './formats.ts';
import { dagList } from './list.ts';
import { withoutImplied } from './reduce-edges.ts';
import type { DagView } from './view.ts';
import { painter } from '../text/paint.ts';
import { padTo, textWidth } from '../text/text-width.ts';

/** Columns between two drawings side by side. */
const BETWEEN = 3;

export interface DagTextOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly colour?: boolean;
  /** Show also the edges that follow from others. */
  readonly all?: boolean;
}

/**
 * Whole lines, each with its end. Edges that follow from others are left out and counted at the end; a folder that all
 * names begin with is printed once, at the top.
 */
export function dagText(full: DagView, { width, colour = false, all = false }: DagTextOptions): string {
  const paint = painter(colour);
  const { view, folder } = withoutCommonFolder(full);
  const drawings: string[][] = [];
  const lists: string[][] = [];
  let hidden = 0;
  for (const part of connectedParts(view)) {
    const shown = all ? part : withoutImplied(part);
    hidden += part.edges.length - shown.edges.length;
    const drawing = drawPart(shown, width, paint);
    if (drawing) drawings.push(drawing);
    else lists.push(dagList(shown, width, paint));
  }
  const blocks = [...sideBySide(drawings, width), ...lists];
  if (folder !== '') blocks.unshift([paint('dim', `in ${folder}`)]);
  if (hidden > 0)
    blocks.push([
      paint(
        'dim',
        `not drawn: ${hidden} ${hidden === 1 ? 'edge that follows' : 'edges that follow'} from others`,
      ),
    ]);
  return blocks.map((block) => block.join('\n') + '\n').join('\n');
}

function withoutCommonFolder(view: DagView): { readonly view: DagView; readonly folder: string } {
  const labels = view.nodes.map(({ label }) => label);
  let folder = labels.length > 1 ? labels[0]!.slice(0, labels[0]!.lastIndexOf('/') + 1) : '';
  while (folder !== '' && !labels.every((label) => label.startsWith(folder))) {
    folder = folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1);
  }
  const nodes = view.nodes.map((node) => ({ ...node, label: node.label.slice(folder.length) }));
  return { view: { ...view, nodes }, folder };
}

/** Small parts are drawn side by side as long as there is room. */
function sideBySide(blocks: readonly (readonly string[])[], width: number): string[][] {
  const shelves: { rows: string[]; used: number; height: number }[] = [];
  for (const block of blocks) {
    const own = largest(block.map(textWidth));
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
