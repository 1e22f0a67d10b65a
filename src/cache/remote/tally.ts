// Counts what a transfer has done, and reports it.
import type { TransferProgress } from './transfer.ts';

export class Tally {
  readonly #onProgress: ((progress: TransferProgress) => void) | undefined;
  /** Objects that were transferred, and their bytes. */
  objects = 0;
  bytes = 0;
  /** Objects that were there already. */
  present = 0;
  /** Bytes of objects that are not there as a whole yet. */
  #moving = 0;
  #expected: { readonly objects: number; readonly bytes: number | undefined } = {
    objects: 0,
    bytes: undefined,
  };

  constructor(onProgress: ((progress: TransferProgress) => void) | undefined) {
    this.#onProgress = onProgress;
  }

  /** @param objects in all, those that are there included; @param bytes to be transferred in all, where that is known. */
  expect(objects: number, bytes: number | undefined): void {
    this.#expected = { objects, bytes };
    this.report();
  }

  /** An object begins to move. @returns the counter of its bytes. */
  start(): Moving {
    let own = 0;
    return {
      add: (bytes) => {
        own += bytes;
        this.#moving += bytes;
        this.report();
      },
      get bytes() {
        return own;
      },
      end: () => {
        this.#moving -= own;
        own = 0;
      },
    };
  }

  moved(bytes: number): void {
    this.objects += 1;
    this.bytes += bytes;
    this.report();
  }

  report(): void {
    this.#onProgress?.({
      objects: { done: this.objects + this.present, total: this.#expected.objects },
      bytes: { done: this.bytes + this.#moving, total: this.#expected.bytes },
    });
  }
}

/** The bytes of one object that is on its way. */
export interface Moving {
  add(bytes: number): void;
  /** So many until now. */
  readonly bytes: number;
  /** It is there, or has to begin again. */
  end(): void;
}
