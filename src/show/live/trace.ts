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
  /** Complete event, metadata, instant, begin and end of what lies in no row. */
  readonly ph: 'X' | 'M' | 'i' | 'b' | 'e';
  readonly id?: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly pid: 1;
  readonly tid: number;
  readonly s?: 'g';
  readonly args?: { readonly [name: string]: unknown };
}

/** @param write gets the whole trace, once, as JSON. */
export function makeTrace(write: (json: string) => void): Renderer {
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
  /** A bar that ends now; what never started (a restore) gets a slot for the time that it took. */
  const finish = (
    event: Extract<RunEvent, { type: 'ran' | 'restored' | 'failed' }>,
    args: { readonly [name: string]: unknown },
  ): void => {
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

  /** Inside the bar of its stage, once that has begun; before that in a lane of its own. */
  const work = ({ stage, what, time, seconds }: Extract<RunEvent, { type: 'work' }>): void => {
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

  const take = (event: RunEvent): void => {
    switch (event.type) {
      case 'run-start':
        origin = event.time;
        return;
      case 'start':
        // Another attempt goes on in the slot of the first.
        if (!started.has(event.stage))
          started.set(event.stage, { slot: occupy(event.stage), ts: micros(event.time) });
        return;
      case 'ran':
      case 'restored':
        return finish(event, { why: describeReasons(event.reasons) });
      case 'failed':
        return finish(event, { problem: event.problem.title });
      case 'work':
        return work(event);
      case 'skipped': {
        const begun = started.get(event.stage);
        if (begun) slots[begun.slot] = undefined;
        started.delete(event.stage);
        return;
      }
      case 'run-end':
        events.push({
          name: 'end',
          ph: 'i',
          s: 'g',
          ts: micros(event.time),
          pid: 1,
          tid: 0,
          args: { ...event.counts },
        });
        return;
      case 'waiting':
      case 'hash':
      case 'vanished':
      case 'saved':
      case 'decided':
      case 'output':
      case 'progress':
      case 'fresh':
      case 'stopping':
      case 'ignored':
      case 'warning':
        return;
    }
  };

  return {
    event: take,
    end() {
      const rows = slots.map((_, slot): TraceEvent => ({
        name: 'thread_name',
        ph: 'M',
        pid: 1,
        tid: slot + 1,
        args: { name: `slot ${slot + 1}` },
      }));
      const about: TraceEvent = {
        name: 'process_name',
        ph: 'M',
        pid: 1,
        tid: 0,
        args: { name: 'pipe repro' },
      };
      write(`${JSON.stringify({ displayTimeUnit: 'ms', traceEvents: [about, ...rows, ...events] })}\n`);
    },
  };
}
