// What `pipe` adds to Slurm: the time of 90 jobs beside that of the same 90 by bare `sbatch`, in turns, and the processor time of `pipe`
// and of the commands of Slurm that it calls, for each job. Usage: node bench/slurm.ts [JOBS] [ROUNDS] [SECONDS OF A JOB]
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startCluster } from '../test/real/slurm/cluster.ts';
import { sideBySide, table } from './measure.ts';

const [jobs = 90, rounds = 3, seconds = 1] = process.argv.slice(2).map(Number);
const root = mkdtempSync(join(tmpdir(), 'pipe-bench-slurm-'));
const cluster = await startCluster();
const env = cluster.env as Readonly<Record<string, string>>;
const pipe = `'${process.execPath}' '${join(dirname(import.meta.dirname), 'bin/pipe.js')}'`;

/** One call a job, as scripts do it, and a look every half second whether all have ended. */
const BARE = `for n in $(seq ${jobs}); do sbatch --parsable --output=/dev/null --wrap 'sleep ${seconds}; echo made > out-'$n; done
until [ -z "$(squeue -h)" ]; do sleep 0.5; done`;

writeFileSync(
  join(root, 'pipeline.yaml'),
  `config: {executor: slurm, gitignore: false}
stages:
  s:
    matrix: {n: [${Array.from({ length: jobs }, (_, index) => index + 1).join(', ')}]}
    cmd: sleep ${seconds}; echo made > out-\${item.n}
    outs: ['out-\${item.n}']
`,
);

try {
  const costs = sideBySide(
    [
      { name: 'bare sbatch', command: BARE, cwd: root, env },
      {
        name: 'pipe',
        command: `${pipe} repro -q`,
        cwd: root,
        env,
        prepare: () => {
          for (const name of readdirSync(root))
            if (name !== 'pipeline.yaml') rmSync(join(root, name), { recursive: true, force: true });
        },
      },
    ],
    rounds,
  );
  console.log(table(`${jobs} jobs of ${seconds} s on 2 nodes with 4 CPUs each`, costs, 'bare sbatch'));
  console.log(`${((costs.get('pipe')?.cpu ?? NaN) / jobs).toFixed(3)} s of processor time of pipe for a job`);
} finally {
  cluster.stop();
  rmSync(root, { recursive: true, force: true });
}
