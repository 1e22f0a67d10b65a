// `plots show`, `plots diff` and `plots templates` beside DVC: the same JSON, for every form of a declaration, revisions, and real
// pipelines.
import assert from 'node:assert/strict';
import { cpSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runPipe } from '../../workspace.ts';
import { makeRepository, type Repository } from './twins.ts';

interface Shown {
  readonly data?: Readonly<Record<string, readonly object[]>>;
  readonly errors?: readonly { readonly name: string; readonly source?: string }[];
}

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
).toString('latin1');

const rows = (count: number, row: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => `${row(index)}\n`).join('');

const FORMS: Readonly<Record<string, string>> = {
  'dvc.yaml': `stages:
  train:
    cmd: echo
    outs: [plots/dir]
    plots:
    - loss.csv
    - acc.tsv: {x: epoch, y: acc, title: Acc, x_label: E, y_label: A, cache: false}
    - noheader.csv: {header: false}
    - cm.json: {template: confusion, x: actual, y: predicted}
    - cm2.json: {template: confusion_normalized, x: actual, y: predicted}
    - plots/img
    - missing.json
plots:
- ROC: {template: simple, x: fpr, y: {roc/train.json: tpr, roc/test.json: tpr}}
- Both: {x: step, y: {loss.csv: [loss, val.loss], acc.tsv: acc}, x_label: X}
- Two: {x: step, y: {loss.csv: [loss, val.loss]}, y_label: losses}
- Matrix: {template: confusion, x: fpr, y: {roc/train.json: tpr, roc/test.json: tpr}}
- Points: {template: scatter, x: {roc/train.json: fpr}, y: {roc/test.json: [tpr, threshold]}}
- Jitter: {template: scatter_jitter, x: fpr, y: {roc/train.json: tpr}}
- acc.tsv: {template: smooth}
- plots/dir
- plots/dir/s/deep.json: {y: w}
- bar.csv: {template: bar_horizontal, x: v, y: name}
- sorted.csv: {template: bar_horizontal_sorted, x: v, y: name}
- xs: {x: {a.csv: x}, y: {b.csv: y}}
- lengths: {x: {a.csv: x}, y: {loss.csv: loss}}
- counts: {x: {a.csv: x, b.csv: y}, y: {loss.csv: loss}}
- own.csv: {template: mine}
- bad.json
- bad.yaml
- gone.csv
- field.csv: {y: nothing}
- text.txt
- wide.csv
`,
  'loss.csv': `step,loss,val.loss\n${rows(5, (step) => `${step},${1 / (step + 1)},${2 / (step + 1)}`)}`,
  'acc.tsv': `epoch\tacc\tstep\n${rows(5, (step) => `${step}\t${step / 10}\t${step}`)}`,
  'noheader.csv': '1,2,3\n4,5,6\n',
  'cm.json': JSON.stringify(
    Array.from({ length: 12 }, (_, i) => ({ actual: 'abc'[i % 3], predicted: 'abc'[i % 2] })),
  ),
  'cm2.json': JSON.stringify(Array.from({ length: 12 }, (_, i) => ({ actual: i % 3, predicted: i % 4 }))),
  'roc/train.json': JSON.stringify({ roc: [0, 1, 2].map((i) => ({ fpr: i / 2, tpr: i / 3, threshold: 1 })) }),
  'roc/test.json': JSON.stringify({ roc: [0, 1, 2].map((i) => ({ fpr: i / 4, tpr: i / 5, threshold: 2 })) }),
  'plots/dir/a.yaml': '- {x: 1, y: 2.5, z: 010}\n- {x: 2, y: 3.5, z: yes}\n',
  'plots/dir/c.toml': 'title = "t"\n[[rows]]\nu = 1\nv = 2.0\n[[rows]]\nu = 2\nv = 3.0\n',
  'plots/dir/t/b.json':
    '{"a": {"p": [{"u": 1, "v": null}, {"u": 2, "v": true}]}, "q": [{"w": NaN}, {"w": -Infinity}], "l": [[{"n": 1}]], "big": [{"b": 12345678901234567890}]}',
  'plots/dir/s/deep.json': '[{"w": 1, "10": 2, "9": "ü"}, {"w": 2, "10": 3, "9": "\\u2028"}]',
  'plots/img/a.png': PNG,
  'plots/img/sub/b.png': PNG,
  'bar.csv': 'name,v\na,1\nb,2\n',
  'sorted.csv': 'name,v\n"a ""x"", y",1\n"two\nlines",2\n',
  'a.csv': 'x\n1\n2\n',
  'b.csv': 'y\n3\n4\n',
  'own.csv': 'p,q\n3,4\n',
  'bad.json': '[{"a": 1}',
  'bad.yaml': 'a: [',
  'field.csv': 'a,b\n1,2\n',
  'text.txt': 'x\n',
  'wide.csv': 'a,b,c\n1,2\n3,4,5\n',
  'free/z.csv': 'a,b\n1,2\n',
  'free/y.json': '[{"x": 1}]',
  '.dvc/plots/mine.json': JSON.stringify({
    data: { values: '<DVC_METRIC_DATA>' },
    title: 'My <DVC_METRIC_TITLE>: <DVC_METRIC_Y_LABEL>',
    mark: 'point',
    encoding: { x: { field: '<DVC_METRIC_X>' }, y: { field: '<DVC_METRIC_Y>' } },
  }),
};

function commit(repository: Repository, message: string): void {
  for (const args of [
    ['add', '-A'],
    ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', 'commit', '-qm', message],
  ])
    repository.git(...args);
}

const byText = (list: readonly object[]): readonly string[] =>
  list.map((item) => JSON.stringify(item)).sort();

type Call = readonly [folder: string, ...args: string[]];

/** Both tools, each call in its folder. @returns what pipe printed. */
async function compare(repository: Repository, calls: readonly Call[]): Promise<readonly Shown[]> {
  const full = (args: readonly string[]): readonly string[] => [
    'plots',
    ...args,
    '--json',
    // Images are written, and would be plots of a later call.
    '-o',
    join(repository.root, '../images'),
  ];
  const outputs = repository.dvcCommands(calls.map(([folder, ...args]) => [folder, full(args)] as const));
  const all: Shown[] = [];
  for (const [index, [folder, ...args]] of calls.entries()) {
    const said = args.join(' ');
    const line = outputs[index]!.split('\n').find((text) => text.startsWith('{'));
    assert.ok(line !== undefined, `${said}: ${outputs[index]}`);
    // JSON has no other numbers: null takes their place here.
    const theirs = JSON.parse(line.replaceAll(/(?<=[ :])(?:NaN|-?Infinity)(?=[,}\]])/g, 'null')) as Shown;
    const ran = await runPipe(join(repository.root, folder), full(args));
    assert.equal(ran.stdout.slice(0, 1), '{', `${said}: ${ran.stderr}`);
    const ours = JSON.parse(ran.stdout) as Shown;
    assert.deepEqual(Object.keys(ours.data ?? {}).sort(), Object.keys(theirs.data ?? {}).sort(), said);
    for (const [name, plots] of Object.entries(theirs.data ?? {}))
      assert.deepEqual(ours.data![name], plots, `${name} of ${said}`);
    assert.deepEqual(byText(ours.errors ?? []), byText(theirs.errors ?? []), said);
    all.push(ours);
  }
  return all;
}

test('every form of a declaration, of targets and of options', { timeout: 600_000 }, async (t) => {
  const repository = makeRepository(t, {});
  for (const [name, text] of Object.entries(FORMS))
    repository.write(name, text, name.endsWith('.png') ? 'latin1' : 'utf8');
  commit(repository, 'one');
  const shown = [
    [],
    ['loss.csv'],
    ['los'],
    ['ROC', 'Tw.'],
    ['dvc.yaml::Two'],
    ['dvc.yaml'],
    ['plots'],
    ['free'],
    ['free/z.csv', 'free/y.json'],
    ['nothing'],
    ['free/z.csv', '-x', 'a', '-y', 'b', '--title', 'T', '--x-label', 'X', '--y-label', 'Y', '-t', 'simple'],
    ['noheader.csv', '--no-header', '-y', '1'],
    ['ROC', '-x', 'tpr', '-t', 'linear'],
    ['ROC', 'Two', 'cm.json', '--split'],
    ['own.csv', '--split'],
    ['free/z.csv', '-y', 'nothing'],
  ].map((args): Call => ['.', 'show', ...args]);
  const below = [['ROC', 'cm.json', 'bar.csv'], ['z.csv'], ['../loss.csv'], ['Two']].map((args): Call => [
    'free',
    'show',
    ...args,
  ]);
  const [first] = await compare(repository, [...shown, ...below]);
  const { data = {}, errors = [] } = first!;
  assert.ok(Object.keys(data).length > 30, Object.keys(data).join());
  assert.ok(errors.length >= 7, JSON.stringify(errors));
});

test('revisions: the workspace first, each with its colour', { timeout: 600_000 }, async (t) => {
  const repository = makeRepository(t, {
    'dvc.yaml': `stages:
  evaluate:
    cmd: sh make.sh
    deps: [make.sh]
    outs: [model.txt]
    plots: [out.csv: {x: step, y: loss}, eval]
plots:
- ROC: {template: simple, x: fpr, y: {eval/train.json: tpr, eval/test.json: tpr}}
- Confusion: {template: confusion, x: a, y: {eval/cm.json: b}}
`,
    'make.sh': `mkdir -p eval
printf 'step,loss\\n0,1\\n1,0.5\\n' > out.csv
for name in train test; do printf '[{"fpr": 0.0, "tpr": 0.1}, {"fpr": 1.0, "tpr": 0.9}]' > eval/$name.json; done
printf '[{"a": "x", "b": "y"}, {"a": "x", "b": "x"}]' > eval/cm.json
echo model > model.txt
`,
  });
  const run = async (): Promise<void> => {
    const ran = await runPipe(repository.root, ['repro']);
    assert.equal(ran.code, 0, ran.stderr);
  };
  await run();
  commit(repository, 'one');
  repository.git('tag', 'v1');
  repository.replace('make.sh', '0.5', '0.25');
  await run();
  commit(repository, 'two');
  await compare(repository, [['.', 'diff']]);
  repository.replace('make.sh', '0.25', '0.125');
  await run();
  await compare(repository, [
    ['.', 'diff'],
    ['.', 'diff', 'v1'],
    ['.', 'diff', 'v1', 'HEAD'],
    ['.', 'diff', 'HEAD', 'workspace', 'v1'],
    ['.', 'diff', 'HEAD~1', '--targets', 'ROC', 'out.csv'],
  ]);
  // In the workspace, too, the cache has what is missing.
  repository.remove('out.csv');
  repository.remove('eval');
  await compare(repository, [
    ['.', 'diff', 'v1'],
    ['.', 'show'],
  ]);
  // A plot that only one revision has.
  repository.replace('dvc.yaml', '- ROC', '- Curve');
  await compare(repository, [['.', 'diff', 'v1', 'workspace']]);
});

test('the templates', { timeout: 600_000 }, async (t) => {
  const repository = makeRepository(t, {});
  const [list] = repository.dvcCommands([['.', ['plots', 'templates']]]);
  assert.equal((await runPipe(repository.root, ['plots', 'templates'])).stdout, list);
  const names = list!.trim().split('\n');
  const theirs = repository.dvcCommands(names.map((name) => ['.', ['plots', 'templates', name]] as const));
  for (const [index, name] of names.entries()) {
    const ours = await runPipe(repository.root, ['plots', 'templates', name]);
    assert.deepEqual(JSON.parse(ours.stdout), JSON.parse(theirs[index]!), name);
  }
});

const fixtures = process.env['PIPE_FIXTURES'];
const corpus = join(fixtures ?? '', 'dvc/corpus');
const skip = fixtures === undefined && 'PIPE_FIXTURES is not set';

test('plots of real pipelines', { skip, timeout: 1_200_000 }, async (t) => {
  const declarations = (name: string): string =>
    globSync('**/dvc.yaml', { cwd: join(corpus, name, 'files') })
      .map((file) => readFileSync(join(corpus, name, 'files', file), 'utf8'))
      .join('\n');
  const names = readdirSync(corpus).filter((name) => /^ *plots:/m.test(declarations(name)));
  assert.ok(names.length >= 5, names.join());
  let drawn = 0;
  for (const name of names) {
    const repository = makeRepository(t, {});
    cpSync(join(corpus, name, 'files'), repository.root, { recursive: true });
    // Without what DVC would have to be installed for, and without records of what no cache has: of these it shows nothing at all.
    repository.write('.dvc/config', '');
    for (const file of globSync('**/{dvc.lock,*.dvc}', { cwd: repository.root })) repository.remove(file);
    const [{ errors = [] } = {}] = await compare(repository, [['.', 'show']]);
    // Their data is not here: rows with all fields that they name.
    const text = declarations(name);
    const named = text.matchAll(/(?:\b[xy]: |\.(?:json|tsv|csv): )(\w+)/g);
    const fields = [...new Set([...named].map((match) => match[1]!)), 'last'];
    // Nor are their templates.
    for (const [, template] of text.matchAll(/template: (\S+\.json)$/gm))
      repository.write(`.dvc/plots/${template}`, FORMS['.dvc/plots/mine.json']!);
    const row = (index: number): string =>
      JSON.stringify(Object.fromEntries(fields.map((field) => [field, index])));
    for (const { source } of errors) {
      if (source === undefined) continue;
      const lines = [fields, fields.map(() => '1')];
      const separator = source.endsWith('.tsv') ? '\t' : ',';
      const isTree = /\.(?:json|yaml)$/.test(source);
      const table = rows(2, (index) => lines[index]!.join(separator));
      repository.write(source, isTree ? `[${row(0)}, ${row(1)}]` : table);
    }
    const [{ data = {} } = {}] = await compare(repository, [['.', 'show']]);
    drawn += Object.values(data).filter((plots) => plots.length > 0).length;
  }
  assert.ok(drawn >= 10, `${drawn} plots`);
});
