// One connected part of the graph as boxes and lines: puts layers, places and routes together on a canvas.
import { largest, smallest } from '../../base/extremes.ts';
import { makeCanvas, type Canvas } from './canvas.ts';
import { layersOf, orderLayers, type Item } from './layers.ts';
import { packedWidth, placeItems, type Places } from './columns.ts';
import { routeChannel, type Channel } from './route-edges.ts';
import { caption, type DagState, type DagView } from './view.ts';
import type { Paint, Style } from '../text/paint.ts';
import { textWidth } from '../text/text-width.ts';

const BOX_ROWS = 3;

export const stateStyle: { readonly [state in DagState]: Style } = {
  fresh: 'green',
  stale: 'yellow',
  blocked: 'magenta',
  frozen: 'blue',
};

/** Lines of text, or undefined when the drawing would be wider than `limit` columns. @param part connected, acyclic. */
export function drawPart(part: DagView, limit: number, paint: Paint): string[] | undefined {
  const layers = layersOf(part);
  // Known before any work is put into an order: what is too wide has thousands of lines to untangle.
  if (layers.some((layer) => packedWidth(layer) > limit)) return undefined;
  orderLayers(layers);
  const places = placeItems(layers, limit);
  let ports: Ports = new Map(layers[0]!.map((item) => [item, bottomOf(item, places)]));
  return layers.flatMap((layer, index) => {
    const { channel, below } = connect(layer, layers[index + 1] ?? [], places, ports);
    const rows = drawLayer(layer, channel, places, ports).rows(paint);
    ports = below;
    return rows;
  });
}

/** The column at which each line and box of a layer goes on. */
type Ports = ReadonlyMap<Item, number>;

/** A layer and the lines below it, on a sheet of their own: one for all layers of a long chain would take much memory. */
function drawLayer(layer: readonly Item[], channel: Channel, places: Places, ports: Ports): Canvas {
  const last = channel.routes.length === 0;
  const canvas = makeCanvas(BOX_ROWS + (last ? 0 : channel.rows + 1), places.total + 1);
  drawBends(canvas, channel);
  for (const item of layer) {
    const port = ports.get(item)!;
    if (!item.node) canvas.vertical(port, port, 0, BOX_ROWS - 1, { up: true, down: true });
  }
  drawFalls(canvas, channel, layer);
  for (const item of layer) if (item.node) drawBox(canvas, item, places, ports.get(item)!);
  return canvas;
}

function bottomOf(item: Item, { left, width }: Places): number {
  return left[item.index]! + Math.floor(width[item.index]! / 2);
}

/** Routes the lines between two layers, and finds where each line and box of the lower one goes on. */
function connect(
  upper: readonly Item[],
  lower: readonly Item[],
  places: Places,
  ports: Ports,
): { readonly channel: Channel; readonly below: Ports } {
  const sources = upper.filter((item) => item.down.length > 0);
  const channel = routeChannel(
    sources.map((item) => ({
      from: ports.get(item)!,
      to: item.down.map((end) => {
        const left = places.left[end.index]!;
        const inset = end.node ? 1 : 0;
        return { key: end, first: left + inset, last: left + places.width[end.index]! - 1 - inset };
      }),
    })),
  );
  const below = new Map(lower.map((item) => [item, bottomOf(item, places)]));
  sources.forEach((item, index) => {
    item.down.forEach((end, at) => {
      if (!end.node) below.set(end, channel.routes[index]!.to[at]!);
    });
  });
  return { channel, below };
}

function drawBends(canvas: Canvas, { routes }: Channel): void {
  for (const { from, to, row } of routes) {
    if (row !== undefined)
      canvas.horizontal(from, BOX_ROWS + row, smallest([from, ...to]), largest([from, ...to]));
  }
}

function drawFalls(canvas: Canvas, { routes, rows }: Channel, layer: readonly Item[]): void {
  const sources = layer.filter((item) => item.down.length > 0);
  const end = BOX_ROWS + rows;
  routes.forEach(({ from, to, row }, index) => {
    const bend = row === undefined ? undefined : BOX_ROWS + row;
    if (bend !== undefined) canvas.vertical(from, from, BOX_ROWS, bend, { up: true, down: false });
    to.forEach((column, at) => {
      canvas.vertical(from, column, bend ?? BOX_ROWS, end, { up: bend === undefined, down: true });
      if (sources[index]!.down[at]!.node) canvas.write(end, column, '▼');
    });
  });
}

function drawBox(canvas: Canvas, item: Item, { left, width }: Places, bottom: number): void {
  const column = left[item.index]!;
  const inner = width[item.index]! - 2;
  const text = caption(item.node!);
  canvas.write(0, column, `┌${'─'.repeat(inner)}┐`);
  const pad = Math.floor((inner - textWidth(text)) / 2);
  canvas.write(1, column, '│');
  canvas.write(1, column + 1 + pad, text, item.node!.state && stateStyle[item.node!.state]);
  canvas.write(1, column + inner + 1, '│');
  canvas.write(2, column, `└${'─'.repeat(inner)}┘`);
  if (item.down.length > 0) canvas.write(2, bottom, '┬');
}
