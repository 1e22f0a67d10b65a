// Runs tests with Node's own runner and prints a summary after its report: `node scripts/test.ts [OPTION …] FILE …`.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';

const reporters = ['spec', './scripts/test-report.ts'].flatMap((reporter) => [
  `--test-reporter=${reporter}`,
  '--test-reporter-destination=stdout',
]);
// Node would leave one processor idle. An option of the caller comes later and counts.
const concurrency = `--test-concurrency=${availableParallelism()}`;
const args = ['--test', concurrency, ...reporters, ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, args, {
  cwd: dirname(import.meta.dirname),
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
