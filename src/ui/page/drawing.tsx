// The drawing of the graph: boxes for stages and groups, lines for what feeds what. Only what is in sight is drawn.
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { GraphLines } from './graph-lines.tsx';
import { BOX, betterDirection, layOut, type Layout } from './layout.ts';
import {
  boxOf,
  countBy,
  lineage,
  shownState,
  STATES,
  type Model,
  type Picture,
  type ShownState,
} from './model.ts';
import { duration } from './parts.tsx';
import { readRoute } from './route.ts';
import { useStore } from './store.ts';
import { useCamera, useFrame, type Camera, type Frame } from './use-camera.ts';

interface DrawingProps {
  readonly picture: Picture;
  /** Identifier of a box. */
  readonly selected: string | undefined;
  /** Only these are bright; undefined for all. */
  readonly bright: ReadonlySet<number> | undefined;
  readonly focuses: boolean;
  readonly choose: (box: string) => void;
  readonly open: (box: string) => void;
}

const { width: W, height: H } = BOX;
/** Around the part in sight, in units of the drawing. */
const AROUND = 120;

export function Drawing(props: DrawingProps) {
  const canvas = useRef<HTMLDivElement>(null);
  const frame = useFrame(canvas);
  return (
    <div class="canvas" ref={canvas}>
      {frame && <Canvas {...props} frame={frame} />}
    </div>
  );
}

function Canvas({
  picture,
  selected,
  bright,
  focuses,
  choose,
  open,
  frame,
}: DrawingProps & { readonly frame: Frame }) {
  const { model, run, running } = useStore();
  const svg = useRef<SVGSVGElement>(null);
  // Chosen for the room that there is when the picture is first drawn: it does not turn while the window is dragged.
  const room = useMemo(() => frame, [picture.boxes.length]);
  const layout = useMemo(() => {
    const input = { count: picture.boxes.length, edges: picture.edges };
    return layOut(input, betterDirection(input, room.width, room.height));
  }, [picture, room]);
  const { direction } = layout;
  const view = useCamera(svg, frame, layout, { x: layout.x[0] ?? 0, y: layout.y[0] ?? 0 });
  const { camera } = view;
  const chosen = picture.boxes.findIndex(({ id }) => id === selected);
  const lit = useMemo(() => linesOf(model, picture, chosen), [model, picture, chosen]);
  const wantsFocus = useRef(false);
  // The address is ahead of what is drawn while keys come quickly.
  const cursor = (): number => {
    const at = boxOf(model, picture, readRoute(location.hash).params['at']);
    return at >= 0 ? at : Number(document.activeElement?.getAttribute('data-box') ?? 0);
  };
  useLayoutEffect(() => {
    if (chosen < 0 || view.width === 0) return;
    view.show({ x: layout.x[chosen]!, y: layout.y[chosen]!, width: W, height: H });
    if (wantsFocus.current) svg.current?.querySelector<SVGElement>(`[data-box="${chosen}"]`)?.focus();
    wantsFocus.current = false;
  }, [chosen, layout, view.width > 0]);

  const seen = inSight(layout, camera, view.width, view.height, chosen);
  const go = (index: number | undefined): void => {
    if (index === undefined) return;
    wantsFocus.current = true;
    choose(picture.boxes[index]!.id);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = nextBox(event.key, cursor(), picture, layout);
    if (target !== undefined) go(target);
    else if (event.key === 'Enter') open(picture.boxes[cursor()]!.id);
    else if (event.key === '+' || event.key === '=') view.zoom(1.25);
    else if (event.key === '-') view.zoom(0.8);
    else if (event.key === '0') view.fit();
    else return;
    event.preventDefault();
  };
  const isFaint = (index: number): boolean =>
    (bright !== undefined && !picture.boxes[index]!.members.some((member) => bright.has(member))) ||
    (focuses && lit !== undefined && !lit.boxes.has(index));
  const first = chosen >= 0 ? chosen : 0;
  const boxesInSight: number[] = [];
  for (let index = 0; index < picture.boxes.length; index += 1) if (seen.box(index)) boxesInSight.push(index);

  return (
    <>
      <svg
        class="drawing"
        ref={svg}
        role="group"
        data-direction={direction}
        aria-label="Graph of stages"
        onKeyDown={onKeyDown}
      >
        <g transform={`translate(${camera.x} ${camera.y}) scale(${camera.scale})`}>
          <GraphLines
            edges={picture.edges}
            layout={layout}
            inSight={seen.lines}
            isLit={(edge) => lit?.edges.has(edge) === true}
            isFaint={isFaint}
          />
          {boxesInSight.map((index) => {
            const { id, members } = picture.boxes[index]!;
            return (
              <Box
                key={id}
                id={id}
                index={index}
                x={layout.x[index]!}
                y={layout.y[index]!}
                model={model}
                members={members}
                states={members.map((member) => shownState(model.view.stages[member]!, run, running))}
                isSelected={index === chosen}
                isFaint={isFaint(index)}
                isFirst={index === first}
                choose={choose}
                open={open}
              />
            );
          })}
        </g>
      </svg>
      <div class="tools">
        <button onClick={() => view.zoom(1.25)} aria-label="Zoom in" title="Zoom in (+)">
          +
        </button>
        <button onClick={() => view.zoom(0.8)} aria-label="Zoom out" title="Zoom out (-)">
          −
        </button>
        <button onClick={() => view.fit()} title="Show everything (0)">
          Fit
        </button>
      </div>
    </>
  );
}

interface BoxProps {
  readonly id: string;
  readonly index: number;
  readonly x: number;
  readonly y: number;
  readonly model: Model;
  readonly members: readonly number[];
  readonly states: readonly ShownState[];
  readonly isSelected: boolean;
  readonly isFaint: boolean;
  readonly isFirst: boolean;
  readonly choose: (box: string) => void;
  readonly open: (box: string) => void;
}

/** Characters that fit. */
const NAME = 21;

function Box({
  id,
  index,
  x,
  y,
  model,
  members,
  states,
  isSelected,
  isFaint,
  isFirst,
  choose,
  open,
}: BoxProps) {
  const counts = countBy(states);
  const [worst] = counts[0]!;
  const isGroup = members.length > 1;
  const name = isGroup ? `${id} ×${members.length}` : id;
  const shown = shortened(name, isGroup ? members.length : 0);
  const under = isGroup ? groupLine(counts, members.length) : stageLine(model, members[0]!, worst);
  return (
    <g
      class={`node is-${worst}${isSelected ? ' selected' : ''}${isFaint ? ' faint' : ''}`}
      transform={`translate(${x} ${y})`}
      role="button"
      data-box={index}
      tabindex={isFirst ? 0 : -1}
      {...(shown !== name && { 'aria-label': `${shown} ${under}: ${name}` })}
      aria-pressed={isSelected}
      onClick={() => choose(id)}
      onDblClick={() => open(id)}
      onFocus={() => isSelected || choose(id)}
    >
      <title>{name}</title>
      {isGroup && <rect class="behind" x="5" y="-5" width={W - 5} height={H} rx="8" />}
      <rect class="box" width={W} height={H} rx="8" />
      <svg class="sign" x="12" y="12" width="14" height="14" viewBox="0 0 12 12">
        <path d={STATES[worst].sign} />
      </svg>
      <text x="34" y="23">
        {shown}
      </text>
      <text class="under" x="34" y="39">
        {under}
      </text>
      {isGroup && <States counts={counts} total={members.length} />}
    </g>
  );
}

function States({ counts, total }: { counts: readonly (readonly [ShownState, number])[]; total: number }) {
  const width = W - 20;
  let from = 10;
  return (
    <>
      {counts.map(([state, count]) => {
        const length = (width * count) / total;
        const x = from;
        from += length;
        return (
          <g key={state} class={`is-${state}`}>
            <rect class="bar" x={x} y={H - 6} width={Math.max(1.5, length - 1)} height="3" rx="1.5" />
          </g>
        );
      })}
    </>
  );
}

/** The number of members stays legible. */
function shortened(name: string, members: number): string {
  if (name.length <= NAME) return name;
  const tail = members > 0 ? ` ×${members}` : '';
  return `${name.slice(0, NAME - 1 - tail.length)}…${tail}`;
}

function groupLine(counts: readonly (readonly [ShownState, number])[], total: number): string {
  if (counts.length === 1) return STATES[counts[0]![0]].word;
  const done = counts.reduce((sum, [state, count]) => (DONE.has(state) ? sum + count : sum), 0);
  const others = counts.filter(([state]) => !DONE.has(state)).slice(0, 2);
  return others.length === 0
    ? counts.map(([state, count]) => `${count} ${STATES[state].word}`).join(', ')
    : [`${done}/${total}`, ...others.map(([state, count]) => `${count} ${STATES[state].word}`)].join(' · ');
}

const DONE: ReadonlySet<ShownState> = new Set(['fresh', 'ran', 'restored', 'frozen']);

function stageLine(model: Model, member: number, state: ShownState): string {
  const { last, kind } = model.view.stages[member]!;
  const took = last?.what === 'ran' ? ` · ${duration(last.seconds)}` : '';
  return `${kind === 'data' ? 'data, ' : ''}${STATES[state].word}${took}`;
}

function inSight(layout: Layout, { x, y, scale }: Camera, width: number, height: number, chosen: number) {
  const [left, right] = [-x / scale - AROUND, (width - x) / scale + AROUND];
  const [top, bottom] = [-y / scale - AROUND, (height - y) / scale + AROUND];
  const box = (index: number): boolean => {
    const [bx, by] = [layout.x[index]!, layout.y[index]!];
    return index === chosen || (bx < right && bx + W > left && by < bottom && by + H > top);
  };
  return {
    box,
    lines: (from: number, to: number): boolean => {
      const [x1, x2] = [layout.x[from]!, layout.x[to]!];
      const [y1, y2] = [layout.y[from]!, layout.y[to]!];
      return (
        Math.min(x1, x2) < right &&
        Math.max(x1, x2) + W > left &&
        Math.min(y1, y2) < bottom &&
        Math.max(y1, y2) + H > top
      );
    },
  };
}

/** What leads to and from the chosen box. */
function linesOf(model: Model, picture: Picture, chosen: number) {
  if (chosen < 0) return undefined;
  const stages = lineage(model, picture.boxes[chosen]!.members);
  const boxes = new Set(
    picture.boxes.flatMap(({ members }, index) =>
      members.some((member) => stages.has(member)) ? [index] : [],
    ),
  );
  const edges = new Set(
    picture.edges.flatMap(([from, to], index) => (boxes.has(from) && boxes.has(to) ? [index] : [])),
  );
  return { boxes, edges };
}

/** The arrows along the lines go on to what reads a box, and back to what it reads; the others go to its neighbours. */
function nextBox(key: string, at: number, { edges, boxes }: Picture, layout: Layout): number | undefined {
  const isRight = layout.direction === 'right';
  const across = isRight ? layout.y : layout.x;
  const away = (index: number): number => Math.abs(layout.layers[index]! - layout.layers[at]!);
  const beneath = (index: number): number => Math.abs(across[index]! - across[at]!);
  const nearest = (list: readonly number[]): number | undefined =>
    list.toSorted((a, b) => away(a) - away(b) || beneath(a) - beneath(b))[0];
  const beside = (isAfter: boolean): number | undefined =>
    nearest(
      boxes.flatMap((_, index) =>
        layout.layers[index] === layout.layers[at] && index !== at && isAfter === across[index]! > across[at]!
          ? [index]
          : [],
      ),
    );
  switch (key) {
    case isRight ? 'ArrowRight' : 'ArrowDown':
      return nearest(edges.flatMap(([from, to]) => (from === at ? [to] : [])));
    case isRight ? 'ArrowLeft' : 'ArrowUp':
      return nearest(edges.flatMap(([from, to]) => (to === at ? [from] : [])));
    case isRight ? 'ArrowDown' : 'ArrowRight':
      return beside(true);
    case isRight ? 'ArrowUp' : 'ArrowLeft':
      return beside(false);
    case 'Home':
      return 0;
    case 'End':
      return boxes.length - 1;
    default:
      return undefined;
  }
}
