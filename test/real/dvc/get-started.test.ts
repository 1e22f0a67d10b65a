// The shape of DVC's own get-started project with small stand-ins for its programs: DVC and pipe take turns over a
// series of edits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTwins, type Repository } from './twins.ts';

const program = (body: string): string => `import json, os, sys\n${body}`;

const files = {
  'data/data.xml': '<row>one</row>\n<row>two</row>\n<row>three</row>\n<row>four</row>\n',
  'params.yaml': `prepare:
  split: 0.20
  seed: 20170428

featurize:
  max_features: 200
  ngrams: 2

train:
  seed: 20170428
  n_est: 50
  min_split: 0.01
`,
  'dvc.yaml': `stages:
  prepare:
    cmd: python3 src/prepare.py data/data.xml
    deps:
      - data/data.xml
      - src/prepare.py
    params:
      - prepare.seed
      - prepare.split
    outs:
      - data/prepared
  featurize:
    cmd: python3 src/featurization.py data/prepared data/features
    deps:
      - data/prepared
      - src/featurization.py
    params:
      - featurize.max_features
      - featurize.ngrams
    outs:
      - data/features
  train:
    cmd: python3 src/train.py data/features model.pkl
    deps:
      - data/features
      - src/train.py
    params:
      - train.min_split
      - train.n_est
      - train.seed
    outs:
      - model.pkl
  evaluate:
    cmd: python3 src/evaluate.py model.pkl data/features
    deps:
      - data/features
      - model.pkl
      - src/evaluate.py
    metrics:
      - eval/metrics.json:
          cache: false
    outs:
      - eval/plots
`,
  'src/prepare.py': program(`
rows = open(sys.argv[1]).read().splitlines()
os.makedirs('data/prepared', exist_ok=True)
open('data/prepared/train.tsv', 'w').write('\\n'.join(rows[:-1]))
open('data/prepared/test.tsv', 'w').write(rows[-1])
`),
  'src/featurization.py': program(`
os.makedirs(sys.argv[2], exist_ok=True)
for name in ('train', 'test'):
    text = open(f'{sys.argv[1]}/{name}.tsv').read()
    open(f'{sys.argv[2]}/{name}.pkl', 'w').write(text.upper())
`),
  'src/train.py': program(`
params = [line for line in open('params.yaml') if 'n_est' in line]
open(sys.argv[2], 'w').write(open(f'{sys.argv[1]}/train.pkl').read() + ''.join(params))
`),
  'src/evaluate.py': program(`
size = os.path.getsize(sys.argv[1])
os.makedirs('eval/plots/sub', exist_ok=True)
json.dump({'size': size}, open('eval/metrics.json', 'w'))
open('eval/plots/sub/roc.json', 'w').write(str(size % 7))
`),
};

const everything = ['evaluate', 'featurize', 'prepare', 'train'];

test('DVC and pipe take turns on the get-started project', { timeout: 600_000 }, async (t) => {
  const twins = makeTwins(t, files);
  const { shared, alone } = twins;
  const step: typeof twins.step = (...of) => twins.step(...of);
  const add = (repository: Repository): void => assert.equal(repository.dvc('add', 'data/data.xml').code, 0);

  assert.deepEqual((await step('first run', 'pipe', add)).ran, everything);
  assert.deepEqual((await step('nothing', 'dvc')).ran, []);
  assert.deepEqual((await step('nothing', 'pipe')).ran, []);
  const more = (repository: Repository): void => repository.replace('params.yaml', 'n_est: 50', 'n_est: 100');
  assert.deepEqual((await step('a parameter', 'pipe', more)).ran, ['evaluate', 'train']);
  const less = (repository: Repository): void => repository.replace('params.yaml', 'n_est: 100', 'n_est: 50');
  assert.deepEqual((await step('back again', 'dvc', less)).restored, ['evaluate', 'train']);
  assert.deepEqual((await step('and forth', 'pipe', more)).restored, ['evaluate', 'train']);
  assert.deepEqual(
    (
      await step('1 and 1.0 are one value', 'pipe', (at) =>
        at.replace('params.yaml', 'ngrams: 2', 'ngrams: 2.0'),
      )
    ).ran,
    [],
  );
  const comment = (at: Repository): void =>
    at.write('src/train.py', `# a comment\n${at.read('src/train.py')}`);
  assert.deepEqual((await step('a program, its result the same', 'dvc', comment)).ran, ['train']);
  assert.deepEqual(
    (
      await step('another', 'pipe', (at) =>
        at.write('src/featurization.py', `# a comment\n${at.read('src/featurization.py')}`),
      )
    ).ran,
    ['featurize'],
  );
  assert.deepEqual((await step('an output is lost', 'pipe', (at) => at.remove('model.pkl'))).restored, [
    'train',
  ]);
  const tamper = (at: Repository): void => {
    at.remove('data/features/test.pkl');
    at.write('data/features/test.pkl', 'tampered');
  };
  assert.deepEqual((await step('an output is changed', 'pipe', tamper)).restored, ['featurize']);
  assert.deepEqual(
    (await step('a metric is lost', 'pipe', (at) => at.remove('eval/metrics.json'))).restored,
    ['evaluate'],
  );
  const newData = (at: Repository): void => {
    const text = at.read('data/data.xml');
    at.remove('data/data.xml');
    at.write('data/data.xml', `${text}<row>five</row>\n`);
  };
  assert.deepEqual((await step('new data, not yet recorded', 'pipe', newData)).ran, everything);
  assert.match(shared.read('data/data.xml.dvc'), /size: 79/);
  assert.deepEqual((await step('and more, by DVC', 'dvc', newData)).ran, everything);
  const command = (at: Repository): void =>
    at.replace('dvc.yaml', 'model.pkl data/features', 'model.pkl  data/features');
  assert.deepEqual((await step('a command', 'pipe', command)).ran, ['evaluate']);
  const dropDep = (at: Repository): void => at.replace('dvc.yaml', '      - src/evaluate.py\n', '');
  assert.deepEqual((await step('a dependency less', 'pipe', dropDep)).ran, []);
  const freeze = (at: Repository): void =>
    at.replace('dvc.yaml', '  train:\n', '  train:\n    frozen: true\n');
  const edit = (at: Repository): void => at.replace('params.yaml', 'n_est: 100', 'n_est: 7');
  assert.deepEqual(
    (
      await step('a frozen stage', 'pipe', (at) => {
        freeze(at);
        edit(at);
      })
    ).ran,
    [],
  );
  assert.deepEqual(
    (
      await step('its output changed by hand', 'pipe', (at) => {
        at.remove('model.pkl');
        at.write('model.pkl', 'by hand');
      })
    ).ran,
    ['evaluate'],
  );
  assert.deepEqual(
    (await step('thawed', 'dvc', (at) => at.replace('dvc.yaml', '    frozen: true\n', ''))).ran,
    [],
    'what is there by hand was recorded with the inputs of that time',
  );
  assert.deepEqual(
    (await step('a stage that fails', 'pipe', (at) => at.write('src/train.py', 'raise SystemExit(3)\n'))).ran,
    ['train'],
  );
  assert.deepEqual(
    (await step('mended', 'pipe', (at) => at.write('src/train.py', files['src/train.py']))).ran,
    ['evaluate', 'train'],
  );
  assert.deepEqual((await step('the lock file is lost', 'pipe', (at) => at.remove('dvc.lock'))).ran, []);
  assert.deepEqual((await step('nothing', 'dvc')).ran, []);

  // What DVC keeps in its cache is enough for it to bring everything back, and what it throws away we do not miss.
  for (const repository of [shared, alone]) {
    const collected = repository.dvc('gc', '-w', '-f');
    assert.equal(collected.code, 0, collected.output);
    for (const path of ['data/prepared', 'data/features', 'model.pkl', 'eval/plots']) repository.remove(path);
    const checkout = repository.dvc('checkout');
    assert.equal(checkout.code, 0, checkout.output);
  }
  assert.deepEqual((await step('after gc and checkout', 'pipe')).ran, []);
  assert.deepEqual((await step('a parameter whose result is gone', 'pipe', less7)).ran, [
    'evaluate',
    'train',
  ]);
});

const less7 = (repository: Repository): void => repository.replace('params.yaml', 'n_est: 7', 'n_est: 50');
