// Reads a range of a file by as many requests as it takes: each goes on where the one before was cut off.
import { Transient } from './persistently.ts';
import type { Range, TakeAt } from './remote.ts';

export interface RangeOptions {
  /** Asks for the bytes from `from` to the end of the range. @param receive takes the answer, and returns how far it came. */
  readonly ask: (
    from: number,
    receive: (body: AsyncIterable<Uint8Array>) => Promise<number>,
  ) => Promise<number>;
  /** Ends the command: it failed too often. */
  readonly giveUp: (reason: string) => never;
  readonly onRetry?: (reason: string) => void;
}

/** Bytes between two interruptions; fewer are no progress. */
const PROGRESS = 1 << 20;
/** Interruptions without progress after which it is given up. */
const MOST_POOR = 4;

/** The server gives something else than what was asked for. */
export class Unfit extends Error {}

/** @throws Unfit, and what `ask` fails with. */
export async function readRange({ start, end }: Range, take: TakeAt, options: RangeOptions): Promise<void> {
  const { ask, giveUp, onRetry } = options;
  let poor = 0;
  /** @throws Transient where nothing came. */
  const receive = async (body: AsyncIterable<Uint8Array>, from: number): Promise<number> => {
    let done = from;
    try {
      for await (const chunk of body) {
        const next = done + chunk.length;
        if (next > end) throw new Unfit();
        take(done, chunk);
        done = next;
      }
      // A server may give less than what it was asked for; nothing at all would be asked for without end.
      if (done === from) throw new Transient('the answer was empty');
    } catch (error) {
      if (!(error instanceof Transient)) throw error;
      poor = done - from < PROGRESS ? poor + 1 : 0;
      if (done === from) throw error;
      if (poor === MOST_POOR) giveUp(error.message);
      onRetry?.(error.message);
    }
    return done;
  };
  for (let done = start; done < end;) {
    const from = done;
    done = await ask(from, (body) => receive(body, from));
  }
}
