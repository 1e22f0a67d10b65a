// What an operation of a remote ends with, for `assert.rejects` and `assert.throws`.
import assert from 'node:assert/strict';
import { PipeError } from '../../../src/base/base.ts';

/** @param pattern is in the problem, as JSON. */
export const fails =
  (code: string, pattern = /./) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof PipeError, String(error));
    assert.equal(error.problems[0]!.code, code);
    assert.match(JSON.stringify(error.problems[0]), pattern);
    return true;
  };
