// What each process of tests imports first, since files share it: no test may leave it other than it was, and none may end it.
import fs, { readFileSync } from 'node:fs';
import { after, beforeEach } from 'node:test';

/** Libraries may add others. */
const GLOBALS = Object.keys(globalThis) as (keyof typeof globalThis)[];
const files = [...readFileSync(process.argv[1]!, 'utf8').matchAll(/[^/"]+\.test\.ts/g)].map(([name]) => name);
let before = state();
let last = 'no test';
let isComplete = false;

beforeEach((t) => {
  // A subtest may see what its test has changed.
  if (t.fullName !== t.name) return;
  if (files.length > 1) assertUnchanged();
  last = `'${t.name}'`;
});
after(() => {
  isComplete = true;
  if (files.length > 1) assertUnchanged();
});
process.once('exit', () => {
  if (isComplete) return;
  process.stderr.write(
    `the process of ${files.join(', ')} ended when ${last} had begun: the tests after it did not run\n`,
  );
  process.exitCode = 1;
});

/** @throws what the last test left, as an error of the next one. */
function assertUnchanged(): void {
  const now = state();
  const changed = [...new Set([...before.keys(), ...now.keys()])].filter(
    (name) => before.get(name) !== now.get(name),
  );
  before = now;
  if (changed.length > 0)
    throw new Error(`${last}, or the imports of its file, left behind in the process: ${changed.join(', ')}`);
}

function state(): Map<string, unknown> {
  return new Map<string, unknown>([
    ...Object.entries(process.env).map(([name, value]) => [`process.env.${name}`, value] as const),
    ...Object.entries(fs).map(([name, value]) => [`fs.${name}`, value] as const),
    ...GLOBALS.map((name) => [`globalThis.${name}`, globalThis[name]] as const),
    ['Date', Date],
    ['Date.now', Date.now],
    ['the current folder', process.cwd()],
    ['the umask', process.umask()],
  ]);
}
