// Runs tests with Node's own runner and prints a summary after its report: `node scripts/test.ts [OPTION …] FILE …`.
// With `--test-random-seed=7` they run in another order, the same for the same seed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const reporters = ['spec', './scripts/test-report.ts'].flatMap((reporter) => [
  `--test-reporter=${reporter}`,
  '--test-reporter-destination=stdout',
]);
// More than there are processors: tests wait for disks and programs half of their time. An option of the caller comes later and counts.
const concurrency = `--test-concurrency=${2 * availableParallelism()}`;
const args = ['--test', concurrency, ...reporters, ...process.argv.slice(2)];
// Most files of tests load the same modules, which are compiled once.
const compiled = mkdtempSync(join(tmpdir(), 'pipe-compiled-'));
// An interrupt ends the tests; this process then still removes the folder.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
const { status } = spawnSync(process.execPath, args, {
  cwd: root,
  stdio: 'inherit',
  env: { NODE_COMPILE_CACHE: compiled, ...process.env },
});
rmSync(compiled, { recursive: true, force: true });
process.exitCode = status ?? 1;
