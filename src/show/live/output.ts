// What shows a run, and the stream that it writes to. Types only.
import type { RunEvent } from '../../run/event.ts';

/** Takes the events of a run in, in order; `end` is called once, whatever happened. */
export interface Renderer {
  readonly event: (event: RunEvent) => void;
  readonly end: () => void;
}

/** What a renderer needs of the stream that it writes to. */
export interface Output {
  write(text: string): unknown;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}
