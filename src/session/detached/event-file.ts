// The events of a detached run in a file, exactly as they were, for `pipe attach`. Only that reads them: a line is what
// `v8.serialize` makes of an event, since values of parameters have types that JSON lacks.
import { appendFileSync, closeSync, openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { errno } from '../../base/problem.ts';
import { APPEND_NO_LINK } from '../../disk/real-folder.ts';
import type { RunEvent } from '../../run/event.ts';

/** Names the file to which a detached run writes its events. */
export const EVENTS_VARIABLE = 'PIPE_DETACHED_EVENTS';

export const eventsFile = (state: string): string => join(state, 'detached.events');
/** What a detached run prints. */
export const logFile = (state: string): string => join(state, 'detached.log');

const LINE_END = '\n';
const PIECE = 64 << 10;

export interface EventFile {
  add(event: RunEvent): void;
}

/** Undefined for a run that is not detached. The stages do not inherit the variable. */
export function openEventFile(): EventFile | undefined {
  const file = process.env[EVENTS_VARIABLE];
  delete process.env[EVENTS_VARIABLE];
  if (file === undefined) return undefined;
  rmSync(file, { force: true });
  return {
    add(event) {
      try {
        appendFileSync(file, serialize(event).toString('base64') + LINE_END, {
          flag: APPEND_NO_LINK,
          mode: 0o600,
        });
      } catch (error) {
        // The run is as good without followers.
        if (errno(error) === undefined) throw error;
      }
    },
  };
}

/** Reads on where it ended the last time. */
export class EventReader {
  readonly #file: string;
  #offset = 0;
  #rest = '';

  constructor(file: string) {
    this.#file = file;
  }

  /** The events that came since. */
  read(): readonly RunEvent[] {
    const lines = (this.#rest + this.#more()).split(LINE_END);
    this.#rest = lines.pop()!;
    return lines.map((line) => deserialize(Buffer.from(line, 'base64')) as RunEvent);
  }

  #more(): string {
    let descriptor: number;
    try {
      descriptor = openSync(this.#file, 'r');
    } catch (error) {
      if (errno(error) === 'ENOENT') return '';
      throw error;
    }
    try {
      let text = '';
      for (;;) {
        const chunk = Buffer.allocUnsafe(PIECE);
        const read = readSync(descriptor, chunk, 0, chunk.length, this.#offset);
        if (read === 0) return text;
        this.#offset += read;
        text += chunk.toString('latin1', 0, read);
      }
    } finally {
      closeSync(descriptor);
    }
  }
}
