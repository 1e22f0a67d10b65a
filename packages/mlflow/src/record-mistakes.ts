// How mistakes of a tracking record are reported, and the characters that keys and names of it have.
import { MlflowError } from './errors.ts';

/** Needs no quotes in a filter, in every version of the server. */
export const isPlain = (text: string): boolean => /^[A-Za-z0-9_./@=,-]{1,250}$/.test(text);

export const bad = (what: string, hint?: string, cause?: unknown): MlflowError =>
  new MlflowError(
    { code: 'BAD_RECORD', message: `tracking record: ${what}`, ...(hint === undefined ? {} : { hint }) },
    cause,
  );
