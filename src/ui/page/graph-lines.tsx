// The lines of the graph: those that look alike and are neighbours in the picture are one path, since thousands of elements are slow.
import { useMemo } from 'preact/hooks';
import { BOX, type Layout } from './layout.ts';

interface LinesProps {
  readonly edges: readonly (readonly [from: number, to: number])[];
  readonly layout: Layout;
  readonly inSight: (from: number, to: number) => boolean;
  readonly isLit: (edge: number) => boolean;
  readonly isFaint: (box: number) => boolean;
}

/** Lines of one path: few enough that one which comes into sight does not draw all again. */
const TOGETHER = 64;

export function GraphLines({ edges, layout, inSight, isLit, isFaint }: LinesProps) {
  const drawn = useMemo((): (string | undefined)[] => [], [edges, layout]);
  const paths = new Map<string, { readonly look: string; lines: string }>();
  for (const [edge, [from, to]] of edges.entries()) {
    if (!inSight(from, to)) continue;
    const look = `line${isLit(edge) ? ' lit' : ''}${isFaint(from) || isFaint(to) ? ' faint' : ''}`;
    const key = `${Math.floor(edge / TOGETHER)} ${look}`;
    const line = (drawn[edge] ??= lineOf(layout, from, to, edge));
    const path = paths.get(key);
    if (path) path.lines += line;
    else paths.set(key, { look, lines: line });
  }
  return (
    <>
      {Array.from(paths, ([key, { look, lines }]) => (
        <path key={key} class={look} d={lines} />
      ))}
    </>
  );
}

const { width: W, height: H } = BOX;

function lineOf({ direction, bends, x, y }: Layout, from: number, to: number, edge: number): string {
  const isRight = direction === 'right';
  let at: readonly [number, number] = isRight
    ? [x[from]! + W, y[from]! + H / 2]
    : [x[from]! + W / 2, y[from]! + H];
  let path = `M${pair(...at)}`;
  const curve = (toX: number, toY: number): void => {
    const middle = isRight ? (at[0] + toX) / 2 : (at[1] + toY) / 2;
    path += isRight
      ? `C${pair(middle, at[1])} ${pair(middle, toY)} ${pair(toX, toY)}`
      : `C${pair(at[0], middle)} ${pair(toX, middle)} ${pair(toX, toY)}`;
    at = [toX, toY];
  };
  for (const [bendX, bendY] of bends[edge]!) {
    curve(bendX, bendY);
    at = isRight ? [bendX + W, bendY] : [bendX, bendY + H];
    path += `L${pair(...at)}`;
  }
  if (isRight) curve(x[to]!, y[to]! + H / 2);
  else curve(x[to]! + W / 2, y[to]!);
  return path;
}

/** To a tenth. */
const pair = (x: number, y: number): string => `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
