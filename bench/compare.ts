// Two commits compared: `metrics diff` beside DVC, in a repository of the shape of DVC's get-started.
import { execSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sideBySide, table, type Candidate } from './measure.ts';
import { node, pipe, type Peers } from './peers.ts';

const DVC_YAML = `stages:
  prepare: {cmd: python prepare.py, deps: [prepare.py], params: [prepare.seed, prepare.split], outs: [data/prepared]}
  featurize: {cmd: python featurize.py, deps: [data/prepared], params: [featurize.max_features], outs: [data/features]}
  train: {cmd: python train.py, deps: [data/features], params: [train.n_est], outs: [model.pkl]}
  evaluate:
    cmd: python evaluate.py
    deps: [model.pkl]
    metrics: [{eval/metrics.json: {cache: false}}]
`;
const PARAMS = 'prepare: {seed: 1, split: 0.2}\nfeaturize: {max_features: 200}\ntrain: {n_est: 50}\n';
const git = 'git -c user.name=bench -c user.email=bench@example.org';

export function compare(home: string, { dvc }: Peers, rounds: number): string[] {
  const folder = join(home, 'compare');
  for (const name of ['.dvc', 'eval']) mkdirSync(join(folder, name), { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  const metrics = (value: number): void =>
    write('eval/metrics.json', JSON.stringify({ avg_prec: value, roc_auc: { train: value, test: 0.9 } }));
  const commit = (): void =>
    void execSync(`${git} add -A && ${git} commit -q -m x`, { cwd: folder, stdio: 'ignore' });
  write('.dvc/config', '');
  write('.dvc/.gitignore', '/tmp\n/cache\n');
  write('dvc.yaml', DVC_YAML);
  write('params.yaml', PARAMS);
  metrics(0.92);
  execSync('git init -q', { cwd: folder });
  commit();
  metrics(0.93);
  commit();
  const command = (name: string, program: string): Candidate => ({
    name,
    command: `${program} metrics diff HEAD~1 HEAD`,
    cwd: folder,
    env: { DVC_NO_ANALYTICS: '1' },
  });
  const program = dvc?.run.split(' ', 1)[0];
  const costs = sideBySide(
    [
      { name: 'node -e 0', command: `${node} -e 0`, cwd: home },
      command('pipe', pipe),
      ...(program === undefined ? [] : [command('dvc', program)]),
    ],
    rounds,
  );
  return [table('metrics diff of two commits', costs, 'pipe')];
}
