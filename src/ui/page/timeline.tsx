// A run over time: a row for each slot, the chain that decided how long it took, how many ran at once, and what more slots would bring.
import { useMemo, useState } from 'preact/hooks';
import { timeText } from '../../show/text/time-text.ts';
import type { PastStage } from '../contract.ts';
import type { Model } from './model.ts';
import { duration, StateText, useClock } from './parts.tsx';
import { addressOf, replaceParams, type Route } from './route.ts';
import { atOnce, criticalPath, rowsOf, timeWith, type Task } from './schedule.ts';
import type { Bar, RunState } from './run-state.ts';
import { source, useStore } from './store.ts';
import { useLoaded } from './use-loaded.ts';

/** A bar with an end: of what goes on, now. */
export interface Span {
  readonly stage: string;
  readonly what: Bar['what'];
  readonly ready: number | undefined;
  readonly start: number;
  readonly end: number;
  readonly attempts: number;
  readonly text: string;
}

const pastRun = async (run: string) => ({ run, stages: await source.pastRun(run) });

export function Timeline({ route }: { route: Route }) {
  const { model, run, running } = useStore();
  const { runs } = model.view;
  const chosen = route.params['run'] ?? run.run ?? runs[0]?.run;
  const isLatest = chosen === run.run;
  const now = useClock(isLatest && running);
  const { found: past } = useLoaded(
    () => (isLatest || chosen === undefined ? undefined : pastRun(chosen)),
    [chosen, isLatest],
  );
  const spans = isLatest
    ? spansOfRun(run, running ? now : latest(run))
    : past?.run === chosen
      ? spansOfPast(past!.stages)
      : [];
  if (chosen === undefined) return <p class="page">No run yet. `pipe repro` starts one.</p>;
  return (
    <div class="page timeline">
      <h2 class="hidden">Timeline</h2>
      <div class="row-of">
        <label>
          Run{' '}
          <select
            value={chosen}
            onChange={(event) => replaceParams(route, { run: event.currentTarget.value })}
          >
            {run.run !== undefined && runs.every((one) => one.run !== run.run) && (
              <option value={run.run}>{labelOf(run.start)}</option>
            )}
            {runs.map((one) => (
              <option key={one.run} value={one.run}>
                {labelOf(one.start)}: {one.ran} ran{one.restored > 0 && `, ${one.restored} restored`}
                {one.failed > 0 && `, ${one.failed} failed`}
              </option>
            ))}
          </select>
        </label>
        {isLatest && running && <StateText state="running" pill />}
        {isLatest && run.interrupted !== undefined && (
          <span class="quiet">interrupted by {run.interrupted}</span>
        )}
      </div>
      {spans.length === 0 ? (
        <p class="quiet">Nothing ran yet.</p>
      ) : (
        <RunOverTime spans={spans} model={model} jobs={isLatest ? run.jobs : undefined} />
      )}
    </div>
  );
}

const labelOf = (time: number): string => timeText(new Date(time));

/** Of a run that died the last moment that is known. */
const latest = (run: RunState): number =>
  run.end ?? Math.max(run.start, ...Array.from(run.bars.values(), ({ start, end }) => end ?? start));

export function spansOfRun(run: RunState, now: number): Span[] {
  return Array.from(
    run.bars.values(),
    ({ stage, what, ready, start, end, attempts, problem, unchanged }) => ({
      stage,
      what: what === 'running' && run.end !== undefined ? 'stopped' : what,
      ready,
      start,
      end: Math.max(start, end ?? now),
      attempts,
      text: problem ?? (unchanged ? 'outputs are as they were' : ''),
    }),
  );
}

const spansOfPast = (stages: readonly (PastStage & { readonly stage: string })[]): Span[] =>
  stages.map(({ stage, what, time, seconds, why }) => ({
    stage,
    what,
    ready: undefined,
    start: time - seconds * 1000,
    end: time,
    attempts: 1,
    text: why,
  }));

/** What ran, as work that waits for other work. */
export function tasksOf(spans: readonly Span[], { view: { stages }, places }: Model): Task[] {
  return spans
    .filter(({ what }) => what !== 'restored')
    .map(({ stage, start, end }) => ({
      id: stage,
      seconds: (end - start) / 1000,
      after: (stages[places.get(stage) ?? -1]?.reads ?? []).map((index) => stages[index]!.name),
    }));
}

function RunOverTime({
  spans,
  model,
  jobs,
}: {
  spans: readonly Span[];
  model: Model;
  jobs: number | undefined;
}) {
  const from = Math.min(...spans.map(({ start }) => start));
  const to = Math.max(...spans.map(({ end }) => end), from + 1);
  const tasks = useMemo(() => tasksOf(spans, model), [spans, model]);
  const critical = useMemo(() => criticalPath(tasks), [tasks]);
  const ran = spans.filter(({ what }) => what !== 'restored');
  const steps = atOnce(ran);
  const most = Math.max(0, ...steps.map(([, count]) => count));
  const work = ran.reduce((sum, { start, end }) => sum + (end - start), 0) / 1000;
  const took = (to - from) / 1000;
  const waited =
    spans.reduce((sum, { ready, start }) => sum + Math.max(0, start - (ready ?? start)), 0) / 1000;
  return (
    <>
      <dl class="figures">
        {[
          ['Took', duration(took)],
          ['Work of all stages', duration(work)],
          ['Longest chain', duration(critical.seconds)],
          ['At once, at most', `${most}${jobs === undefined ? '' : ` of ${jobs}`}`],
          ['Waited for a slot', duration(waited)],
        ].map(([name, value]) => (
          <div key={name} class="card">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Bars spans={spans} from={from} to={to} steps={steps} most={most} critical={new Set(critical.path)} />
      <div class="two">
        <section>
          <h3>The chain that decides how long it takes</h3>
          <ol class="chain card">
            {critical.path.slice(-30).map((id) => (
              <li key={id}>
                <a class="wrap" href={addressOf('stage', {}, id)}>
                  {id}
                </a>
                <span class="number">{duration(tasks.find((task) => task.id === id)!.seconds)}</span>
              </li>
            ))}
          </ol>
        </section>
        <WhatIf tasks={tasks} />
      </div>
      <Table spans={spans} from={from} />
    </>
  );
}

function WhatIf({ tasks }: { tasks: readonly Task[] }) {
  const rows = useMemo(() => {
    const slots = [1, 2, 4, 8, 16, 32].filter(
      (_, index, all) => index === 0 || all[index - 1]! < tasks.length,
    );
    return slots.map((count) => [`-j ${count}`, timeWith(tasks, count)] as const);
  }, [tasks]);
  const most = Math.max(...rows.map(([, seconds]) => seconds));
  return (
    <section>
      <h3>What another number of slots would bring</h3>
      <div class="card scroll">
        <table>
          <tbody>
            {rows.map(([label, seconds]) => (
              <tr key={label}>
                <th scope="row" class="mono">
                  {label}
                </th>
                <td style={{ width: '60%', verticalAlign: 'middle' }}>
                  <span class="meter" style={{ width: `${most > 0 ? (100 * seconds) / most : 0}%` }} />
                </td>
                <td class="number">{duration(seconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet">From what the stages took here, if none disturbs another.</p>
    </section>
  );
}

const ROW = 22;
const LEFT = 56;
const STRIP = 46;

interface BarsProps {
  readonly spans: readonly Span[];
  readonly from: number;
  readonly to: number;
  readonly steps: readonly (readonly [number, number])[];
  readonly most: number;
  readonly critical: ReadonlySet<string>;
}

function Bars({ spans, from, to, steps, most, critical }: BarsProps) {
  const [zoom, setZoom] = useState(1);
  const ran = spans.filter(({ what }) => what !== 'restored');
  const restored = spans.filter(({ what }) => what === 'restored');
  const rows = rowsOf(ran);
  const count = Math.max(0, ...rows) + (ran.length > 0 ? 1 : 0);
  const width = 1000 * zoom;
  const x = (time: number): number => LEFT + ((time - from) / (to - from)) * (width - LEFT - 12);
  const top = 22;
  const ticksAt = top + count * ROW;
  const stripAt = ticksAt + (restored.length > 0 ? 22 : 8);
  const height = stripAt + STRIP + 4;
  const area = [
    `M${x(from)} ${stripAt + STRIP}`,
    ...steps.map(([time, number], index) => {
      const y = stripAt + STRIP - (number / Math.max(1, most)) * (STRIP - 8);
      return `H${x(time).toFixed(1)}V${y.toFixed(1)}${index === steps.length - 1 ? `V${stripAt + STRIP}` : ''}`;
    }),
    'Z',
  ].join('');
  return (
    <section aria-label="Bars">
      <div class="row-of" style={{ marginBottom: '0.5rem' }}>
        <ul class="legend">
          {[...new Set(spans.map(({ what }) => TONES[what]))].map((tone) => (
            <li key={tone}>
              <StateText state={tone} />
            </li>
          ))}
          <li>pale: waiting for a slot</li>
          <li>outlined: the longest chain</li>
          {restored.length > 0 && <li>ticks below: restored</li>}
        </ul>
        <span class="push" />
        <button onClick={() => setZoom(Math.min(64, zoom * 2))} aria-label="Stretch the time axis">
          +
        </button>
        <button
          onClick={() => setZoom(Math.max(1, zoom / 2))}
          disabled={zoom === 1}
          aria-label="Shrink the time axis"
        >
          −
        </button>
      </div>
      <div class="card chart" tabIndex={0} role="region" aria-label="Stages over time">
        <svg
          viewBox={`0 0 ${width} ${height}`}
          style={{ minWidth: `${Math.max(width, 640)}px`, width: '100%' }}
          role="img"
          aria-label={`${ran.length} stages in ${count} rows; the same as a table below`}
        >
          {ticksOf((to - from) / 1000, 8 * zoom).map((second) => {
            const at = x(from + second * 1000);
            return (
              <g key={second}>
                <line class="grid" x1={at} x2={at} y1={16} y2={height} />
                <text x={at} y={11} text-anchor={second === 0 ? 'start' : 'middle'}>
                  {duration(second)}
                </text>
              </g>
            );
          })}
          {ran.map((span, index) => (
            <WaitOf key={span.stage} span={span} x={x} y={top + rows[index]! * ROW} />
          ))}
          {ran.map((span, index) => (
            <BarOf
              key={span.stage}
              span={span}
              x={x}
              y={top + rows[index]! * ROW}
              isCritical={critical.has(span.stage)}
            />
          ))}
          {restored.map(({ stage, end }) => (
            <g key={stage} class="span is-restored">
              <title>{`${stage}: restored`}</title>
              <rect x={x(end) - 1} y={ticksAt + 2} width="2" height="14" />
            </g>
          ))}
          <path class="area" d={area} />
          <text x={LEFT - 8} y={stripAt + 12} text-anchor="end">
            {most}
          </text>
          <text x={LEFT - 8} y={stripAt + STRIP - 2} text-anchor="end">
            at once
          </text>
        </svg>
      </div>
    </section>
  );
}

interface BarOfProps {
  readonly span: Span;
  readonly x: (time: number) => number;
  readonly y: number;
  readonly isCritical: boolean;
}

const TONES = {
  ran: 'ran',
  failed: 'failed',
  running: 'running',
  stopped: 'skipped',
  restored: 'restored',
} as const;

function BarOf({ span: { stage, what, start, end, text }, x, y, isCritical }: BarOfProps) {
  const left = x(start);
  const width = Math.max(1.5, x(end) - left);
  const room = Math.floor((width - 8) / 6.2);
  return (
    <g class={`span is-${TONES[what]}${isCritical ? ' critical' : ''}`}>
      <title>{`${stage}: ${what}, ${duration((end - start) / 1000)}${text && `, ${text}`}`}</title>
      <rect class="taken" x={left} y={y + 1} width={width} height={ROW - 5} rx={Math.min(3, width / 2)} />
      {room >= 4 && (
        <text x={left + 5} y={y + 13}>
          {stage.length > room ? `${stage.slice(0, room - 1)}…` : stage}
        </text>
      )}
    </g>
  );
}

/** Behind the bars: the slot worked on others meanwhile. */
function WaitOf({ span: { what, ready, start }, x, y }: Omit<BarOfProps, 'isCritical'>) {
  const from = Math.max(LEFT, x(ready ?? start));
  const width = x(start) - from;
  if (width <= 1) return null;
  return (
    <g class={`span is-${TONES[what]}`}>
      <rect class="wait" x={from} y={y + 7} width={width} height={4} />
    </g>
  );
}

/** Round steps. */
function ticksOf(seconds: number, wanted: number): number[] {
  const rough = seconds / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const steps =
    rough < 60
      ? [1, 2, 5, 10].map((step) => step * power)
      : [60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400];
  const step = steps.find((one) => one >= rough) ?? steps.at(-1)!;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
}

const FIRST = 100;

function Table({ spans, from }: { spans: readonly Span[]; from: number }) {
  const [all, setAll] = useState(false);
  const sorted = spans.toSorted((a, b) => a.start - b.start);
  return (
    <section>
      <h3>As a table</h3>
      <div class="card scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Stage</th>
              <th scope="col">What</th>
              <th scope="col" class="number">
                Began after
              </th>
              <th scope="col" class="number">
                Waited
              </th>
              <th scope="col" class="number">
                Took
              </th>
              <th scope="col" class="number">
                Attempts
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, all ? undefined : FIRST).map(({ stage, what, ready, start, end, attempts }) => (
              <tr key={stage}>
                <td class="wrap">
                  <a href={addressOf('stage', {}, stage)}>{stage}</a>
                </td>
                <td>
                  {what === 'stopped' ? <span class="quiet">stopped</span> : <StateText state={what} />}
                </td>
                <td class="number">{duration((start - from) / 1000)}</td>
                <td class="number">{ready === undefined ? '–' : duration((start - ready) / 1000)}</td>
                <td class="number">{duration((end - start) / 1000)}</td>
                <td class="number">{attempts}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {sorted.length > FIRST && !all && (
        <button onClick={() => setAll(true)}>Show all {sorted.length}</button>
      )}
    </section>
  );
}
