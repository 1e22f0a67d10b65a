// A run as a Chrome trace (`repro --profile`), for Perfetto, chrome://tracing or any other viewer: a row per slot, a bar per
// stage. Format: "Trace Event Format" of the Chromium project.
import type { StageAddress } from '../../pipeline/stage.ts';
import type { RunEvent } from '../../run/event.ts';
import { describeReasons } from '../status/reason-text.ts';
import type { Renderer } from './output.ts';

/** Times in microseconds since the run began. */
interface TraceEvent {
  readonly name: string;
  readonly cat?: string;
  /** Complete event, metadata, instant, begin and end of work outside of the rows. */
  readonly ph: 'X' | 'M' | 'i' | 'b' | 'e';
  readonly id?: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly pid: 1;
  readonly tid: number;
  readonly s?: 'g';
  readonly args?: TraceArgs;
}

type TraceArgs = { readonly [name: string]: unknown };
type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** @param write gets the whole trace, once, as JSON. */
export function makeTrace(write: (json: string) => void): Renderer {
  const rows = makeRows();
  return {
    event: (event) => rows.take(event),
    end: () => write(`${JSON.stringify({ displayTimeUnit: 'ms', traceEvents: rows.traceEvents() })}\n`),
  };
}

/** What the trace holds so far: one row per stage that ran at the same time. */
interface Rows {
  take(event: RunEvent): void;
  traceEvents(): readonly TraceEvent[];
}

function makeRows(): Rows {
  const events: TraceEvent[] = [];
  const slots: (StageAddress | undefined)[] = [];
  const started = new Map<StageAddress, { readonly slot: number; readonly ts: number }>();
  let origin: number | undefined;
  const micros = (time: number): number => Math.round((time - (origin ?? time)) * 1000);

  const occupy = (stage: StageAddress): number => {
    const free = slots.indexOf(undefined);
    const slot = free < 0 ? slots.length : free;
    slots[slot] = stage;
    return slot;
  };
  const start = ({ stage, time }: EventOf<'start'>): void => {
    // Another attempt continues in the slot of the first.
    if (!started.has(stage)) started.set(stage, { slot: occupy(stage), ts: micros(time) });
  };
  const release = (stage: StageAddress): void => {
    const begun = started.get(stage);
    if (begun) slots[begun.slot] = undefined;
    started.delete(stage);
  };
  /** A bar that ends now; a restore, which never started, gets a slot for the time that it took. */
  const finish = (event: EventOf<'ran' | 'restored' | 'failed'>, args: TraceArgs): void => {
    const end = micros(event.time);
    const begun = started.get(event.stage);
    const slot = begun?.slot ?? occupy(event.stage);
    const ts = begun?.ts ?? Math.max(0, end - Math.round(event.seconds * 1e6));
    events.push({
      name: event.stage,
      cat: event.type,
      ph: 'X',
      ts,
      dur: end - ts,
      pid: 1,
      tid: slot + 1,
      args,
    });
    slots[slot] = undefined;
    started.delete(event.stage);
  };
  /** Inside the bar of its stage once that has begun; before that in a lane of its own. */
  const work = ({ stage, what, time, seconds }: EventOf<'work'>): void => {
    const end = micros(time);
    const ts = Math.max(0, end - Math.round(seconds * 1e6));
    const begun = started.get(stage);
    if (begun) {
      events.push({ name: what, cat: 'work', ph: 'X', ts, dur: end - ts, pid: 1, tid: begun.slot + 1 });
      return;
    }
    const common = { name: `${what}: ${stage}`, cat: 'work', pid: 1, tid: 0, id: events.length } as const;
    events.push({ ...common, ph: 'b', ts }, { ...common, ph: 'e', ts: end });
  };

  return {
    take(event) {
      if (event.type === 'run-start') origin = event.time;
      else if (event.type === 'start') start(event);
      else if (event.type === 'ran' || event.type === 'restored')
        finish(event, { why: describeReasons(event.reasons) });
      else if (event.type === 'failed') finish(event, { problem: event.problem.title });
      else if (event.type === 'work') work(event);
      else if (event.type === 'skipped') release(event.stage);
      else if (event.type === 'run-end') events.push(endOfRun(event, micros(event.time)));
    },
    traceEvents: () => [processName, ...slots.map((_, slot) => slotName(slot)), ...events],
  };
}

const endOfRun = ({ counts }: EventOf<'run-end'>, ts: number): TraceEvent => ({
  name: 'end',
  ph: 'i',
  s: 'g',
  ts,
  pid: 1,
  tid: 0,
  args: { ...counts },
});

const processName: TraceEvent = {
  name: 'process_name',
  ph: 'M',
  pid: 1,
  tid: 0,
  args: { name: 'pipe repro' },
};

const slotName = (slot: number): TraceEvent => ({
  name: 'thread_name',
  ph: 'M',
  pid: 1,
  tid: slot + 1,
  args: { name: `slot ${slot + 1}` },
});
