// What someone does with the engine first, in each way of installing it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Bare } from './bare.ts';

const manifest = readFileSync(resolve(import.meta.dirname, '../../../package.json'), 'utf8');
const { version } = JSON.parse(manifest) as { version: string };

/** @param pipe the command; @param cwd an empty folder of the user's own */
export function useFirst(bare: Bare, cwd: string, env: NodeJS.ProcessEnv, pipe: string): void {
  const expected: readonly (readonly [args: readonly string[], stdout: RegExp])[] = [
    [['--version'], new RegExp(`^${version.replaceAll('.', '\\.')}\n$`)],
    [['init'], /^Wrote pipeline\.yaml/m],
    [['repro'], /^2 ran\b/m],
    [['repro'], /up to date/],
    [['status'], /up to date/],
    [['repro', '--force'], /^2 ran\b/m],
  ];
  for (const [args, stdout] of expected) {
    const ran = bare.run(cwd, env, pipe, ...args);
    assert.deepEqual([ran.status, ran.stderr], [0, ''], `pipe ${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
    assert.match(ran.stdout, stdout, `pipe ${args.join(' ')}`);
  }
  assert.equal(readFileSync(join(cwd, 'data/count.txt'), 'utf8').trim(), '4');
}
