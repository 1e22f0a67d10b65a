// Programs of Debian's packages, for the suites that need them. Installed once, as root; elsewhere the suite fails and says so.
import { spawnSync, type SpawnSyncOptions } from 'node:child_process';

export function install(...names: readonly string[]): void {
  const options: SpawnSyncOptions = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  spawnSync('apt-get', ['update', '-qq'], options);
  const { status } = spawnSync(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', ...names],
    options,
  );
  const all = names.join(' ');
  if (status !== 0) throw new Error(`${all} cannot be installed: \`apt-get install ${all}\` failed`);
}
