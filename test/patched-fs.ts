// Replaces functions of `node:fs` for one test, which then acts between two calls of the engine.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { TestContext } from 'node:test';

type Functions = {
  [
    name in keyof typeof fs as (typeof fs)[name] extends (...args: never[]) => unknown ? name : never
  ]: (typeof fs)[name];
};

const untouched = { ...fs } as Functions;

/** @param replace is handed the function as it is. Ends with the test, or when the returned function is called. */
export function patchFs<Name extends keyof Functions>(
  t: TestContext,
  name: Name,
  replace: (real: Functions[Name]) => Functions[Name],
): () => void {
  const functions = fs as Functions;
  const real = functions[name];
  const set = (to: Functions[Name]): void => {
    functions[name] = to;
    syncBuiltinESMExports();
  };
  set(replace(real));
  // Not `real`: a function that is replaced twice is restored in the same order.
  t.after(() => set(untouched[name]));
  return () => set(real);
}
