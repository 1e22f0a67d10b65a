// What `pipe` adds to Slurm: the time of 90 jobs beside that of the same 90 by bare `sbatch` and by other engines, in turns, and the
// processor time of each engine and of the commands of Slurm that it calls, for each job; what runs on the nodes is not counted.
// Usage: node bench/slurm.ts [JOBS] [ROUNDS] [SECONDS OF A JOB]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startCluster } from '../test/real/slurm/cluster.ts';
import { sideBySide, table, type Candidate } from './measure.ts';
import { findSlurmPeers, type SlurmPeer } from './slurm-peers.ts';

const [jobs = 90, rounds = 3, seconds = 1] = process.argv.slice(2).map(Number);
const root = mkdtempSync(join(tmpdir(), 'pipe-bench-slurm-'));
const pipe = `'${process.execPath}' '${join(dirname(import.meta.dirname), 'bin/pipe.js')}'`;

const OURS: readonly SlurmPeer[] = [
  {
    name: 'bare sbatch',
    // One call a job, as scripts do it, and a look every half second whether all have ended.
    command: `for n in $(seq ${jobs}); do sbatch --parsable --output=/dev/null --wrap 'sleep ${seconds}; echo made > out-'$n; done
until [ -z "$(squeue -h)" ]; do sleep 0.5; done`,
    files: {},
  },
  {
    name: 'pipe',
    command: `${pipe} repro -q`,
    files: {
      'pipeline.yaml': `config: {executor: slurm, gitignore: false}
stages:
  s:
    matrix: {n: [${Array.from({ length: jobs }, (_, index) => index + 1).join(', ')}]}
    cmd: sleep ${seconds}; echo made > out-\${item.n}
    outs: ['out-\${item.n}']
`,
    },
  },
];

/** Runs in a folder of its own, which is new for each run; fails where an output is missing. */
function candidate({ name, command, files, env }: SlurmPeer, cluster: Candidate['env']): Candidate {
  const cwd = join(root, name.replace(' ', '-'));
  return {
    name,
    cwd,
    command: `${command} && [ "$(ls out-* | wc -l)" = ${jobs} ]`,
    env: { ...cluster, ...env },
    prepare: () => {
      rmSync(cwd, { recursive: true, force: true });
      mkdirSync(cwd);
      for (const [file, text] of Object.entries(files)) writeFileSync(join(cwd, file), text);
    },
  };
}

// Snakemake's executor asks the accounting.
const cluster = await startCluster({ accounting: true });
try {
  const env = cluster.env as Readonly<Record<string, string>>;
  const found = findSlurmPeers(join(tmpdir(), 'pipe-bench-peers'), env['SLURM_CONF']!, { jobs, seconds });
  const peers = [...OURS, ...found.filter((one) => 'command' in one)];
  const costs = sideBySide(
    peers.map((peer) => candidate(peer, env)),
    rounds,
  );
  console.log(table(`${jobs} jobs of ${seconds} s on 2 nodes with 4 CPUs each`, costs, 'bare sbatch'));
  for (const [name, { cpu }] of costs)
    console.log(`${(cpu / jobs).toFixed(3)} s of processor time of ${name} for a job`);
  for (const one of found) {
    if ('why' in one) console.log(`${one.name} is not measured: it cannot be installed here (${one.why})`);
    else if (!costs.has(one.name)) console.log(`${one.name} is not measured: it failed`);
  }
} finally {
  cluster.stop();
  rmSync(root, { recursive: true, force: true });
}
