// Replaces functions of `node:fs` for one test, which then acts between two calls of the engine.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { TestContext } from 'node:test';

type Functions = {
  [
    name in keyof typeof fs as (typeof fs)[name] extends (...args: never[]) => unknown ? name : never
  ]: (typeof fs)[name];
};

/** @param replace is handed the function as it is. Ends with the test, or when the returned function is called. */
export function patchFs<Name extends keyof Functions>(
  t: TestContext,
  name: Name,
  replace: (real: Functions[Name]) => Functions[Name],
): () => void {
  const functions = fs as Functions;
  const real = functions[name];
  const restore = (): void => {
    functions[name] = real;
    syncBuiltinESMExports();
  };
  functions[name] = replace(real);
  syncBuiltinESMExports();
  t.after(restore);
  return restore;
}
