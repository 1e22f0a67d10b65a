// Runs tests with Node's own runner and prints a summary after its report: `node scripts/test.ts [OPTION …] FILE …`.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';

const reporters = ['spec', './scripts/test-report.ts'].flatMap((reporter) => [
  `--test-reporter=${reporter}`,
  '--test-reporter-destination=stdout',
]);
const { status } = spawnSync(process.execPath, ['--test', ...reporters, ...process.argv.slice(2)], {
  cwd: dirname(import.meta.dirname),
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
