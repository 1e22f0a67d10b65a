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

  const port = new Map<Item, number>();
  for (const item of layers[0]!) port.set(item, bottomOf(item, places));
  const channels = layers
    .slice(0, -1)
    .map((layer, index) => connect(layer, layers[index + 1]!, places, port));

  const tops: number[] = [];
  let height = 0;
  layers.forEach((_, index) => {
    tops.push(height);
    height += BOX_ROWS + (index < channels.length ? channels[index]!.rows + 1 : 0);
  });
  const canvas = makeCanvas(height, places.total + 1);
  channels.forEach((channel, index) => drawBends(canvas, channel, tops[index]! + BOX_ROWS));
  layers.forEach((layer, index) => {
    for (const item of layer) {
      if (!item.node)
        canvas.vertical(port.get(item)!, port.get(item)!, tops[index]!, tops[index]! + BOX_ROWS - 1, {
          up: true,
          down: true,
        });
    }
  });
  channels.forEach((channel, index) => drawFalls(canvas, channel, tops[index]! + BOX_ROWS, layers[index]!));
  layers.forEach((layer, index) => {
    for (const item of layer) if (item.node) drawBox(canvas, item, places, tops[index]!, port.get(item)!);
  });
  return canvas.rows(paint);
}

function bottomOf(item: Item, { left, width }: Places): number {
  return left.get(item)! + Math.floor(width.get(item)! / 2);
}

/** Routes the lines between two layers, and notes where each line and box of the lower one goes on. */
function connect(
  upper: readonly Item[],
  lower: readonly Item[],
  places: Places,
  port: Map<Item, number>,
): Channel {
  const sources = upper.filter((item) => item.down.length > 0);
  const channel = routeChannel(
    sources.map((item) => ({
      from: port.get(item)!,
      to: item.down.map((end) => {
        const left = places.left.get(end)!;
        const inset = end.node ? 1 : 0;
        return { key: end, first: left + inset, last: left + places.width.get(end)! - 1 - inset };
      }),
    })),
  );
  for (const item of lower) port.set(item, bottomOf(item, places));
  sources.forEach((item, index) => {
    item.down.forEach((end, at) => {
      if (!end.node) port.set(end, channel.routes[index]!.to[at]!);
    });
  });
  return channel;
}

function drawBends(canvas: Canvas, { routes }: Channel, top: number): void {
  for (const { from, to, row } of routes) {
    if (row !== undefined)
      canvas.horizontal(from, top + row, smallest([from, ...to]), largest([from, ...to]));
  }
}

function drawFalls(canvas: Canvas, { routes, rows }: Channel, top: number, layer: readonly Item[]): void {
  const sources = layer.filter((item) => item.down.length > 0);
  routes.forEach(({ from, to, row }, index) => {
    const bend = row === undefined ? undefined : top + row;
    if (bend !== undefined) canvas.vertical(from, from, top, bend, { up: true, down: false });
    to.forEach((column, at) => {
      canvas.vertical(from, column, bend ?? top, top + rows, { up: bend === undefined, down: true });
      if (sources[index]!.down[at]!.node) canvas.write(top + rows, column, '▼');
    });
  });
}

function drawBox(canvas: Canvas, item: Item, { left, width }: Places, top: number, bottom: number): void {
  const column = left.get(item)!;
  const inner = width.get(item)! - 2;
  const text = caption(item.node!);
  canvas.write(top, column, `┌${'─'.repeat(inner)}┐`);
  const pad = Math.floor((inner - textWidth(text)) / 2);
  canvas.write(top + 1, column, '│');
  canvas.write(top + 1, column + 1 + pad, text, item.node!.state && stateStyle[item.node!.state]);
  canvas.write(top + 1, column + inner + 1, '│');
  canvas.write(top + 2, column, `└${'─'.repeat(inner)}┘`);
  if (item.down.length > 0) canvas.write(top + 2, bottom, '┬');
}
