// `metrics show`, `metrics diff` and `params diff` beside DVC's: the same JSON, on public pipelines and on the shape of get-started.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runPipe } from '../../workspace.ts';
import { dvcPrograms } from './twins.ts';

const fixtures = process.env['PIPE_FIXTURES'];
const script = join(import.meta.dirname, 'compare_answers.py');

interface Repository {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly write: (name: string, text: string) => void;
  readonly commit: (message: string) => void;
}

function makeRepository(t: TestContext): Repository {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-compare-')));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const work = join(root, 'work');
  mkdirSync(join(work, '.dvc'), { recursive: true });
  const env = {
    ...process.env,
    DVC_NO_ANALYTICS: '1',
    DVC_SITE_CACHE_DIR: join(root, 'site'),
    DVC_GLOBAL_CONFIG_DIR: join(root, 'global'),
    DVC_SYSTEM_CONFIG_DIR: join(root, 'system'),
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: work,
      env,
    });
  git('init', '-q', '-b', 'main');
  writeFileSync(join(work, '.dvc/config'), '');
  writeFileSync(join(work, '.dvc/.gitignore'), '/config.local\n/tmp\n/cache\n');
  return {
    root: work,
    env,
    write(name, text) {
      mkdirSync(dirname(join(work, name)), { recursive: true });
      writeFileSync(join(work, name), text);
    },
    commit(message) {
      git('add', '-A');
      git('commit', '-q', '--allow-empty', '-m', message);
    },
  };
}

/** Both tools' JSON of the same commands, in a folder of the repository. */
async function compare(
  { root, env }: Repository,
  commands: readonly (readonly string[])[],
  folder = '.',
): Promise<void> {
  const cwd = join(root, folder);
  const dvc = spawnSync(join(dvcPrograms(), 'python3'), [script, JSON.stringify(commands.map(withJson))], {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 27,
  });
  assert.equal(dvc.status, 0, dvc.stderr);
  const parts = dvc.stdout.split(/\n--- end of the answer: (\d+)\n/);
  assert.equal(parts.length, 2 * commands.length + 1, dvc.stdout);
  for (const [index, command] of commands.entries()) {
    const [stdout, code] = [parts[2 * index]!, Number(parts[2 * index + 1])];
    const ours = await runPipe(cwd, withJson(command), env);
    const said = `${command.join(' ')}\n${ours.stdout}${ours.stderr}\n--- dvc (${code})\n${stdout}`;
    if (code !== 0) {
      assert.notEqual(ours.code, 0, said);
      continue;
    }
    assert.equal(ours.code, 0, said);
    const own: unknown = JSON.parse(ours.stdout, command[0] === 'diff' ? withoutSize : undefined);
    assert.deepEqual(plain(own), plain(JSON.parse(finite(stdout))), said);
  }
}

const withJson = (command: readonly string[]): readonly string[] => [...command, '--json'];
/** DVC gives no sizes. */
const withoutSize = (key: string, value: unknown): unknown => (key === 'size' ? undefined : value);
/** Python writes what JSON does not have. */
const finite = (text: string): string =>
  text.replaceAll(/\bNaN\b/g, '"nan"').replaceAll(/(?<!["\w])-?Infinity\b/g, '"inf"');

/** Without the texts of errors, which are ours. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !(key === 'diff' && areTruths(value)));
  if (entries.length === 2 && 'type' in value && 'msg' in value) return 'an error';
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
}

/** DVC subtracts truth values as if they were 0 and 1. */
const areTruths = (value: object): boolean =>
  'old' in value && 'new' in value && typeof value.old === 'boolean' && typeof value.new === 'boolean';

const COMMANDS = [
  ['metrics', 'show'],
  ['metrics', 'show', '-a'],
  ['metrics', 'show', '-A'],
  ['metrics', 'diff'],
  ['metrics', 'diff', '--all', 'HEAD~1', 'HEAD'],
  ['params', 'diff'],
  ['params', 'diff', '--all', 'HEAD~1'],
  ['params', 'diff', '--deps', 'HEAD~1'],
] as const;

test(
  'public pipelines: metrics and parameters of commits and the workspace',
  { skip: !fixtures },
  async (t) => {
    // Every third: DVC takes seconds for each.
    const folders = globSync('dvc/corpus/*/files', { cwd: fixtures! }).sort();
    for (const folder of folders.filter((_, index) => index % 3 === 0)) {
      await t.test(folder.split('/')[2], async (t) => {
        const repository = makeRepository(t);
        const { root } = repository;
        cpSync(join(fixtures!, folder), root, { recursive: true });
        // DVC shows nothing where a remote needs a package that is not installed.
        repository.write('.dvc/config', '');
        repository.commit('first');
        for (const file of parameterFiles(root)) changeNumbers(join(root, file), 1);
        for (const [index, file] of metricFiles(root).entries()) repository.write(file, metrics(file, index));
        repository.commit('second');
        for (const file of parameterFiles(root)) changeNumbers(join(root, file), 2);
        for (const [index, file] of metricFiles(root).entries())
          repository.write(file, metrics(file, index + 1));
        await compare(repository, CORPUS_COMMANDS);
      });
    }
  },
);

const CORPUS_COMMANDS = [
  ['metrics', 'show', '-a'],
  ['metrics', 'diff', '--all', 'HEAD~1'],
  ['params', 'diff', '--all', 'HEAD~1', 'HEAD'],
  ['params', 'diff', '--deps'],
] as const;

const parameterFiles = (root: string): readonly string[] =>
  globSync('**/*.{yaml,yml,json,toml}', { cwd: root, exclude: ['**/dvc.yaml'] }).sort();

/** The files that pipelines declare as metrics, as far as their paths are files. */
function metricFiles(root: string): readonly string[] {
  const end = spawnSync(
    process.execPath,
    [join(import.meta.dirname, '../../../bin/pipe.js'), 'metrics', 'show', '--json'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  if (end.status !== 0) return [];
  const shown = JSON.parse(end.stdout) as { readonly '': { readonly data?: object } };
  return Object.keys(shown[''].data ?? {}).filter(
    (file) => (!file.startsWith('..') && !existsSync(join(root, file))) || /metrics/.test(file),
  );
}

function metrics(file: string, index: number): string {
  if (file.endsWith('.json'))
    return JSON.stringify({
      acc: 0.5 + index / 7,
      n: index,
      deep: { loss: [1], f1: 1e-7 * (index + 1) },
      name: `run ${index}`,
    });
  if (file.endsWith('.toml')) return `acc = ${0.5 + index / 7}\nn = ${index}\n`;
  return `acc: ${0.5 + index / 7}\nn: ${index}\ndeep:\n  f1: 1.5e-3\n`;
}

function changeNumbers(file: string, by: number): void {
  let count = 0;
  const text = readFileSync(file, 'utf8').replace(/(?<=[:=]\s*)\d+(?:\.\d+)?(?=\s*$)/gm, (number) => {
    count += 1;
    return count % 3 === by ? String(Number(number) + by) : number;
  });
  writeFileSync(file, text);
}

test('the shape of get-started: nested metrics in git and in the cache, tags, targets, sub-folders', async (t) => {
  const repository = makeRepository(t);
  repository.write(
    'dvc.yaml',
    `vars:
- conf/model.json
- conf/more.yaml:only
stages:
  train:
    cmd: echo \${model.lr} \${only.x} \${prepare.seed}
    params: [prepare.seed, train, {other.yaml: }, {conf/list.toml: [a.b]}]
    metrics:
    - eval/metrics.json: {cache: false}
    - folder: {cache: false}
  grid:
    foreach: \${list}
    do:
      cmd: echo \${item} \${model.deep.q}
metrics: [top.yaml, none.json]
params: [extra.toml]
`,
  );
  repository.write(
    'params.yaml',
    'prepare: {seed: 1, split: 0.2}\ntrain: {n: 5, l: [1, 2.0, a, null, true], one: [3]}\nunused: {u: null}\n',
  );
  repository.write('other.yaml', 'w: 1\n');
  repository.write(
    'conf/model.json',
    '{"model": {"lr": 0.1, "unused": 1, "deep": {"q": 2}}, "list": [1, 2]}',
  );
  repository.write('conf/more.yaml', 'only: {x: 1, y: 2}\nrest: 5\n');
  repository.write('conf/list.toml', 'c = 1\n[a]\nb = 2\n');
  repository.write('extra.toml', 'e = 1.0\n');
  repository.write(
    'eval/metrics.json',
    '{"avg_prec": 0.9249974999612706, "roc_auc": {"train": 0.9460213440787918, "list": [1]}, "n": 12345678901234567890}',
  );
  repository.write('folder/a.yaml', 'x: 1\n');
  repository.write('folder/deep/b.json', '5');
  repository.write('top.yaml', 'v: 1e-3\n');
  repository.commit('first');
  execFileSync('git', ['tag', 'v1'], { cwd: repository.root });
  repository.write(
    'eval/metrics.json',
    '{"avg_prec": 0.5, "roc_auc": {"train": 1, "test": 0.25}, "n": 12345678901234567891}',
  );
  repository.write(
    'params.yaml',
    'prepare: {seed: 2, split: 0.2}\ntrain: {n: 5.5, l: [1, 2.0, b, null, true], one: [4]}\n',
  );
  repository.write(
    'conf/model.json',
    '{"model": {"lr": 0.2, "unused": 7, "deep": {"q": 2}}, "list": [1, 3, 4]}',
  );
  repository.write('folder/deep/b.json', '7');
  repository.commit('second');
  execFileSync('git', ['branch', 'other'], { cwd: repository.root });
  repository.write('conf/list.toml', 'c = 2\n[a]\nb = 3\n');
  repository.write('folder/a.yaml', '{broken');
  const more = [
    ['metrics', 'show', '-T'],
    ['metrics', 'show', '-aT'],
    ['metrics', 'show', 'eval/metrics.json', 'missing.json'],
    ['metrics', 'show', 'folder', '-R'],
    ['metrics', 'diff', 'v1', 'other'],
    ['metrics', 'diff', '--targets', 'eval/metrics.json'],
    ['metrics', 'diff', 'v1', '--targets', 'folder', '-R'],
    ['metrics', 'diff', 'nosuch'],
    ['params', 'diff', 'v1'],
    ['params', 'diff', 'v1', '--all'],
    ['params', 'diff', '--targets', 'conf/list.toml', 'params.yaml'],
    ['params', 'diff', 'nosuch'],
  ];
  await compare(repository, [...COMMANDS, ...more]);
  await compare(
    repository,
    [
      ['metrics', 'show'],
      ['metrics', 'show', '-a'],
      ['metrics', 'diff'],
      ['params', 'diff', 'v1'],
    ],
    'eval',
  );
});

test('pipe diff: data that was added, changed, renamed and deleted, in folders too', async (t) => {
  const repository = makeRepository(t);
  const dvc = (...args: readonly string[]): void =>
    void execFileSync(join(dvcPrograms(), 'dvc'), args, {
      cwd: repository.root,
      env: repository.env,
      stdio: 'ignore',
    });
  const pipeline = (name: string, text: string): string =>
    `stages:\n  a:\n    cmd: mkdir -p out/sub && echo ${text} > out/x && echo z > out/sub/z && echo r > ${name} && echo ${text} > free\n    outs: [out, ${name}, {free: {cache: false}}]\n`;
  repository.write('dvc.yaml', pipeline('r1', '1'));
  repository.write('data.csv', 'one\n');
  repository.write('raw/1', '1\n');
  repository.write('raw/2', '2\n');
  dvc('add', 'data.csv', 'raw');
  dvc('repro');
  repository.commit('first');
  repository.write('dvc.yaml', pipeline('r2', '2'));
  repository.write('data.csv', 'two\n');
  rmSync(join(repository.root, 'raw/1'));
  repository.write('raw/3', '3\n');
  renameSync(join(repository.root, 'raw/2'), join(repository.root, 'raw/two'));
  dvc('add', 'data.csv', 'raw');
  dvc('repro');
  repository.commit('second');
  const both = ['diff', 'HEAD~1', 'HEAD'];
  const committed = [
    both,
    [...both, '--show-hash'],
    [...both, '--targets', 'raw/3', 'data.csv'],
    ['diff', 'HEAD', 'HEAD'],
    [...both, '--targets', 'none'],
  ];
  await compare(repository, [...committed, ['diff'], ['diff', 'HEAD~1'], ['diff', '--hide-missing']]);
  rmSync(join(repository.root, 'out/x'), { force: true });
  repository.write('out/x', 'by hand\n');
  rmSync(join(repository.root, 'data.csv'), { force: true });
  await compare(repository, [['diff'], ['diff', '--show-hash'], ['diff', 'HEAD~1', '--targets', 'out']]);
});
