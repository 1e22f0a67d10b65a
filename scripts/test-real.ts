// Runs the suites against real peers. Each suite installs the peers that it needs (see test/real/) and has its own
// budget of minutes.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';

const root = dirname(import.meta.dirname);
const result = spawnSync(process.execPath, ['--test', '--test-concurrency=1', 'test/real/**/*.test.ts'], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = result.status ?? 1;
