// Programs of Debian's packages, for the suites that need them. Installed once, as root; elsewhere the suite fails and says so.
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Suites that install at once wait for each other: apt-get does not. */
const LOCK = join(tmpdir(), 'pipe-tests-apt.lock');

export function install(...names: readonly string[]): void {
  const all = names.join(' ');
  const script = `apt-get update -qq; apt-get install -y -qq --no-install-recommends ${all}`;
  const { status } = spawnSync('flock', [LOCK, 'sh', '-c', script], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status !== 0) throw new Error(`${all} cannot be installed: \`apt-get install ${all}\` failed`);
}
