// Works on one version of a source: what it did is done again where the source changed meanwhile.
import type { Content } from '../hash/digest.ts';
import { sourceChanging, sourceMissing } from './source-problem.ts';

const ATTEMPTS = 3;

export interface Version {
  readonly content: Content;
}

/** What was done with a version, and which it was. */
export interface Done<V extends Version, T> {
  readonly version: V;
  readonly result: T;
}

/** @throws PipeError where nothing is there, or it changes each time. */
export async function onOneVersion<V extends Version, T>(
  shown: string,
  find: () => Promise<V | undefined>,
  work: (version: V) => Promise<T>,
): Promise<Done<V, T>> {
  let before = await find();
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (!before) throw sourceMissing(shown);
    const result = await work(before);
    const now = await find();
    if (now?.content.digest === before.content.digest) return { version: now, result };
    before = now;
  }
  throw sourceChanging(shown);
}
