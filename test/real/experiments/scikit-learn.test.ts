// Thirty configurations of a scikit-learn project that opens params.yaml itself: two at a time, killed in the middle, resumed. Each result
// is that of a clean clone with the values edited in.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { makeWorkspace, runPipe, startPipe } from '../../workspace.ts';
import { venv } from '../python.ts';

const FILES = {
  'pipeline.yaml': `stages:
  prepare:
    cmd: python prepare.py
    deps: [prepare.py]
    params: [data.size]
    outs: [data]
  scale:
    cmd: python scale.py
    deps: [scale.py, data/train.npz]
    outs: [scaled.npz]
  train:
    cmd: python train.py
    deps: [train.py, scaled.npz]
    params: [svm]
    outs: [model.pkl]
    metrics: [{metrics.json: {cache: false}}]
`,
  'params.yaml': `# how much of the digits
data: {size: 600}
svm:
  C: 1.0      # regularisation
  gamma: 0.01
`,
  'prepare.py': `import numpy, os, yaml
from sklearn.datasets import load_digits
size = yaml.safe_load(open("params.yaml"))["data"]["size"]
x, y = load_digits(return_X_y=True)
os.makedirs("data")
numpy.savez("data/train.npz", x=x[:size], y=y[:size])
`,
  'scale.py': `import numpy
from sklearn.preprocessing import StandardScaler
data = numpy.load("data/train.npz")
numpy.savez("scaled.npz", x=StandardScaler().fit_transform(data["x"]), y=data["y"])
`,
  // Its helper is tracked by git, and declared by no stage.
  'train.py': `import json, numpy, pickle
from sklearn.model_selection import cross_val_score
from settings import settings
from sklearn.svm import SVC
data = numpy.load("scaled.npz")
model = SVC(C=settings()["C"], gamma=settings()["gamma"])
accuracy = cross_val_score(model, data["x"], data["y"], cv=3).mean()
pickle.dump(model.fit(data["x"], data["y"]), open("model.pkl", "wb"))
json.dump({"accuracy": accuracy, "support": int(model.n_support_.sum())}, open("metrics.json", "w"))
`,
  'settings.py': `import yaml
def settings():
    with open("params.yaml") as file:
        return yaml.safe_load(file)["svm"]
`,
  '.gitignore': '/cache\n/data\n/scaled.npz\n/model.pkl\n/metrics.json\n__pycache__/\n',
};
const COSTS = ['0.01', '0.1', '0.5', '1.0', '2.0', '5.0', '10.0', '20.0', '50.0', '100.0'];
const GAMMAS = ['0.0001', '0.001', '0.01'];
const KILLED_AFTER = 7;

interface Shown {
  readonly name: string;
  readonly state: string;
  readonly metrics: { readonly [file: string]: { readonly accuracy: number } };
}

test(
  'thirty configurations, killed and resumed, give what clean clones give',
  { timeout: 1_800_000 },
  async (t) => {
    const programs = venv('experiments', ['scikit-learn', 'pyyaml']);
    const env = { PATH: `${programs}${delimiter}${process.env['PATH']}`, PYTHONHASHSEED: '0' };
    const project = makeWorkspace(t, FILES);
    const git = (cwd: string, ...args: readonly string[]): string =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd, encoding: 'utf8' });
    git(project.root, 'init', '-q');
    git(project.root, 'add', '-A');
    git(project.root, 'commit', '-qm', 'First');
    const args = [
      'exp',
      'run',
      'svm',
      '-S',
      `svm.C=${COSTS.join(',')}`,
      '-S',
      `svm.gamma=${GAMMAS.join(',')}`,
      '-j2',
    ];

    let killed = '';
    const child = startPipe(project.root, args, env);
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      killed += text;
      if ((killed.match(/^ran .*:train/gm)?.length ?? 0) >= KILLED_AFTER) child.kill('SIGKILL');
    });
    await once(child, 'exit');
    assert.equal(child.signalCode, 'SIGKILL', killed);
    const resumed = await runPipe(project.root, args, env);
    assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
    const both = killed + resumed.stdout;
    assert.equal(both.match(/^ran .*:prepare/gm)?.length, 1, both);
    assert.equal(both.match(/^ran .*:scale/gm)?.length, 1, both);
    // What ran twice is at most what ran when the process was killed.
    const trained = both.match(/^ran .*:train/gm)!.length;
    assert.ok(trained >= 30 - 2 && trained <= 32, String(trained));
    assert.equal(git(project.root, 'status', '--porcelain'), '');

    const shown = JSON.parse((await project.expect(0, 'exp', 'show', '--json')).stdout) as Shown[];
    assert.deepEqual(
      shown.map(({ state }) => state),
      Array.from({ length: 30 }, () => 'done'),
    );
    for (const [index, cost] of COSTS.entries())
      for (const [column, gamma] of GAMMAS.entries()) {
        const name = `svm-${index * GAMMAS.length + column + 1}`;
        const clone = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-clone-')));
        t.after(() => rmSync(clone, { recursive: true, force: true }));
        git(clone, 'clone', '-q', project.root, '.');
        const params = FILES['params.yaml']
          .replace('C: 1.0 ', `C: ${cost} `)
          .replace('gamma: 0.01', `gamma: ${gamma}`);
        writeFileSync(join(clone, 'params.yaml'), params);
        const ran = await runPipe(clone, ['repro'], env);
        assert.equal(ran.code, 0, ran.stdout + ran.stderr);
        const record = JSON.parse(project.read(`cache/exps/${name}.json`)) as {
          locks: Record<string, string[]>;
        };
        assert.equal(
          record.locks['pipeline.lock']!.join('\n'),
          readFileSync(join(clone, 'pipeline.lock'), 'utf8'),
          `${name}: C=${cost} gamma=${gamma}`,
        );
        rmSync(clone, { recursive: true });
      }

    const best = (await project.expect(0, 'exp', 'show', '--best', 'accuracy:max')).stdout;
    const most = Math.max(...shown.map(({ metrics }) => metrics['metrics.json']!.accuracy));
    const [name] = /^\S+/.exec(best)!;
    assert.equal(shown.find((one) => one.name === name)?.metrics['metrics.json']!.accuracy, most);
    assert.match(best, /^svm-\d+ {2}svm\.C=\S+ {2}svm\.gamma=\S+ {2}accuracy=\S+\n$/);
    await project.expect(0, 'exp', 'apply', name);
    const repro = await runPipe(project.root, ['repro', '--json'], env);
    assert.equal(repro.code, 0, repro.stderr);
    assert.doesNotMatch(repro.stdout, /"type":"(?:ran|start|restored|failed)"/);
  },
);
