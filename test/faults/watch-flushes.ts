// Loaded before the command (`node --import`): notes how it writes, flushes and renames, one JSON line a call, in the file
// that WATCHED names. The files of worker threads are on their way to the workspace, and need no flush.
import child from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';
import { digestsIn, type Call } from './flushes.ts';

const file = process.env['WATCHED']!;
const output = fs.openSync(file, 'a');
const write = fs.writeSync;
const pathOf = new Map<number, string>();
const note = (call: Call): void => void write(output, `${JSON.stringify(call)}\n`);
const nameOf = (target: unknown): string | undefined =>
  typeof target === 'number' ? pathOf.get(target) : resolve(fs.realpathSync.native('.'), String(target));

type Any = (...args: unknown[]) => unknown;

/** @param after is called with the arguments and the result of each call that did not fail. */
function watch(
  object: object,
  name: string,
  after: (args: readonly unknown[], result: unknown) => void,
): void {
  const functions = object as Record<string, Any>;
  const real = functions[name]!;
  functions[name] = (...args) => {
    const result = real(...args);
    if (result instanceof Promise) return result.then((value) => (after(args, value), value as unknown));
    after(args, result);
    return result;
  };
}

const written = (target: unknown, text?: unknown): void => {
  const path = nameOf(target);
  const names = typeof text === 'string' ? digestsIn(text) : [];
  if (path !== undefined) note({ kind: 'write', path, names });
};
watch(fs, 'openSync', ([path, flags], result) => {
  pathOf.set(result as number, nameOf(path)!);
  if (typeof flags === 'string' && /[wa]/.test(flags)) written(path);
});
for (const name of ['writeFileSync', 'appendFileSync', 'writeSync'])
  watch(fs, name, ([target, text]) => written(target, text));
for (const name of ['copyFileSync', 'linkSync', 'cpSync']) watch(fs, name, ([, to]) => written(to));
watch(fs.promises, 'copyFile', ([, to]) => written(to));
for (const name of ['fsyncSync', 'fdatasyncSync'])
  watch(fs, name, ([descriptor]) => note({ kind: 'flush', path: pathOf.get(descriptor as number)! }));
const fsync = fs.fsync;
fs.fsync = ((descriptor, done) => {
  const path = pathOf.get(descriptor)!;
  fsync(descriptor, (error) => {
    if (!error) note({ kind: 'flush', path });
    done(error);
  });
}) as typeof fs.fsync;
watch(fs, 'renameSync', ([from, to]) => note({ kind: 'rename', from: nameOf(from)!, to: nameOf(to)! }));
watch(child, 'spawnSync', ([command]) => {
  if (command === 'sync') note({ kind: 'flush all' });
});
watch(child, 'spawn', ([command], started) => {
  if (command === 'sync')
    (started as child.ChildProcess).once('exit', (code) => code === 0 && note({ kind: 'flush all' }));
});
syncBuiltinESMExports();
