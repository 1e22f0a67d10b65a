// Sending the whole experiment to an MLflow server (18 configurations of 5 folds, 50 epochs of 4 metrics, 3 artifacts
// per fold) with our client and with MLflow's own, in turns. Prints a row of Markdown with ratios of medians.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestServer } from '../test/real/mlflow/server.ts';
import { writeProject } from '../test/real/mlflow/synthetic-record.ts';
import { mlflowPrograms } from '../test/real/mlflow/venv.ts';

interface Taken {
  /** Seconds, from the start of the process to its end. */
  readonly wall: number;
  readonly cpu: number;
}

const rounds = Number(process.argv[2] ?? 5);
const root = mkdtempSync(join(tmpdir(), 'mlflow-bench-'));
writeProject(root, { configs: 18, folds: 5, epochs: 50, modelBytes: 300_000 });
console.log(
  '| 108 runs, 18,108 points, 270 artifacts | ours | MlflowClient | wall | client CPU |\n|---|---|---|---|---|',
);
// Four is what `mlflow server` starts by itself, one what a sending into mlflow.db does.
for (const workers of [4, 1]) console.log(await compare(workers));
rmSync(root, { recursive: true });

async function compare(workers: number): Promise<string> {
  const stores = join(root, `server-${workers}`);
  mkdirSync(stores);
  const server = await startTestServer(stores, workers);
  const ours: Taken[] = [];
  const theirs: Taken[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      const own = (): number =>
        ours.push(take(process.execPath, 'mlflow-send.ts', server.url, `ours-${round}`));
      const peer = (): number =>
        theirs.push(
          take(join(mlflowPrograms(), 'python'), 'mlflow_client.py', server.url, `theirs-${round}`),
        );
      for (const send of round % 2 === 0 ? [own, peer] : [peer, own]) send();
      console.error(`round ${round + 1}: ours ${shown(ours.at(-1)!)}, MlflowClient ${shown(theirs.at(-1)!)}`);
    }
  } finally {
    await server.stop();
  }
  const [own, peer] = [median(ours), median(theirs)];
  const ratios = [own.wall / peer.wall, own.cpu / peer.cpu].map((ratio) => `${ratio.toFixed(2)} ×`);
  const what = `server with ${workers} worker${workers === 1 ? '' : 's'}, medians of ${rounds} rounds`;
  return `| ${[what, shown(own), shown(peer), ...ratios].join(' | ')} |`;
}

function take(program: string, script: string, url: string, experiment: string): Taken {
  const start = performance.now();
  // MLflow announces each run there, before the figure.
  const { status, stdout, stderr } = spawnSync(
    program,
    [join(import.meta.dirname, script), url, experiment, root],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${script} failed: ${stderr}`);
  return { wall: (performance.now() - start) / 1000, cpu: Number(stdout.trim().split('\n').at(-1)) };
}

function shown({ wall, cpu }: Taken): string {
  return `${wall.toFixed(2)} s (${cpu.toFixed(2)} CPU s)`;
}

function median(taken: readonly Taken[]): Taken {
  return { wall: middle(taken.map(({ wall }) => wall)), cpu: middle(taken.map(({ cpu }) => cpu)) };
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  return (sorted[Math.floor(half)]! + sorted[Math.ceil(half)]!) / 2;
}
