// A real Slurm on loopback, with two nodes, its own keys and ports: slurmctld, two slurmd and munged of Debian's packages.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install } from '../debian.ts';
import { freePorts } from '../ports.ts';

export interface Cluster {
  /** With it, the commands of Slurm find this cluster. */
  readonly env: NodeJS.ProcessEnv;
  /** `kill-node n1`, `revive-node n1`, `kill-controller`, `start-controller`. */
  do(...args: readonly string[]): void;
  /** The ids of jobs that wait or run. */
  jobs(): readonly string[];
  slurm(command: string, ...args: readonly string[]): string;
  stop(): void;
}

export interface ClusterOptions {
  /** Further lines of its configuration, in place of its one partition. */
  readonly partitions?: readonly string[];
  /** With a database of its own, so that `sacct` answers. */
  readonly accounting?: boolean;
}

export async function startCluster({
  partitions,
  accounting = false,
}: ClusterOptions = {}): Promise<Cluster> {
  if (spawnSync('slurmctld', ['-V']).error || spawnSync('munged', ['-V']).error) install('slurm-wlm');
  if (accounting && (spawnSync('slurmdbd', ['-V']).error || spawnSync('mariadbd', ['-V']).error))
    install('slurmdbd', 'mariadb-server');
  const folder = mkdtempSync(join(tmpdir(), 'pipe-slurm-'));
  const port = await freePorts(5);
  const env: NodeJS.ProcessEnv = {
    SLURM_CONF: join(folder, 'slurm.conf'),
    SLURM_TEST_DIR: folder,
    // munged refuses a folder below one that everybody can write to.
    SLURM_TEST_RUN: `/run/pipe-slurm-${port}`,
    SLURM_TEST_PORT: String(port),
    ...(accounting && { SLURM_TEST_ACCOUNTING: 'yes' }),
    ...(partitions && { SLURM_TEST_PARTITIONS: partitions.join('\n') }),
  };
  const all = { ...process.env, ...env };
  const run = (...args: readonly string[]): void =>
    void execFileSync('bash', [join(import.meta.dirname, 'cluster.sh'), ...args], {
      env: all,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  const slurm = (command: string, ...args: readonly string[]): string =>
    execFileSync(command, args, { env: all, encoding: 'utf8' });
  run('start');
  return {
    env,
    do: run,
    jobs: () => slurm('squeue', '-h', '-r', '-o', '%i').split('\n').filter(Boolean),
    slurm,
    stop: () => run('stop'),
  };
}
