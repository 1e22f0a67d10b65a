// The reader for Python, from the wheel in an environment that has nothing else: results by stage and revision, files of results; and
// what a type checker says of it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { makeWheel } from '../../../packages/python/src/wheel.ts';
import { venv } from '../python.ts';

const repository = resolve(import.meta.dirname, '../../..');
const top = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-reader-')));
after(() => rmSync(top, { recursive: true, force: true }));
const environment = join(top, 'venv');
const python = join(environment, 'bin/python');
const pipe = join(environment, 'bin/pipe');
const { name, bytes } = makeWheel(repository);

function command(cwd: string, program: string, ...args: readonly string[]): string {
  const env = {
    ...process.env,
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@example.org',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@example.org',
  };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', env });
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

before(() => {
  writeFileSync(join(top, name), bytes);
  command(top, 'python3', '-m', 'venv', environment);
  command(
    top,
    join(environment, 'bin/pip'),
    'install',
    '--quiet',
    '--disable-pip-version-check',
    join(top, name),
  );
});

const STAGES = `stages:
  train:
    cmd: sh train.sh \${lr}
    deps: [train.sh]
    params: [net.depth]
    outs: [model]
  evaluate:
    cmd: echo '{"acc":' $(cat model/weights.bin)', "worst":' Infinity, '"least":' -Infinity, '"nested":' '{"a":' '[1]}}' > metrics.json
    deps: [model]
    params: [net.width]
    metrics: [metrics.json: {cache: false}]
  plot:
    cmd: echo loss > loss.csv
    plots: [loss.csv]
`;

/** A project, or a DVC repository, with a tag v1, another result in the workspace, and an experiment. */
function makeProject(folder: string, file: 'pipeline.yaml' | 'dvc.yaml'): void {
  mkdirSync(join(folder, 'sub'), { recursive: true });
  if (file === 'dvc.yaml') {
    mkdirSync(join(folder, '.dvc'));
    writeFileSync(join(folder, '.dvc/config'), '');
    writeFileSync(join(folder, '.dvc/.gitignore'), '/config.local\n/tmp\n/cache\n/pipe\n');
  }
  writeFileSync(join(folder, file), STAGES);
  writeFileSync(
    join(folder, 'train.sh'),
    'mkdir -p model; echo $1 > model/weights.bin; echo old $1 > model/damaged.bin\n',
  );
  writeFileSync(join(folder, 'params.yaml'), 'lr: 0.5\nnet: {depth: 3, width: 2}\n');
  writeFileSync(join(folder, '.gitignore'), 'cache/\nmodel\nloss.csv\n');
  command(folder, 'git', 'init', '-q');
  command(folder, pipe, 'repro', '-q');
  command(folder, 'git', 'add', '-A');
  command(folder, 'git', 'commit', '-qm', 'one');
  command(folder, 'git', 'tag', 'v1');
  // An object with other bytes: it is noticed when it is opened.
  const { file: object } = JSON.parse(
    command(folder, pipe, 'locate', 'model/damaged.bin', '--rev', 'v1', '--json'),
  ) as { file: string };
  chmodSync(object, 0o644);
  writeFileSync(object, 'new 0.5\n');
  writeFileSync(join(folder, 'params.yaml'), 'lr: 0.25\nnet: {depth: 4, width: 2}\n');
  command(folder, pipe, 'repro', '-q');
  command(folder, pipe, 'exp', 'run', 'wide', '-S', 'lr=0.125', '-q');
}

for (const file of ['pipeline.yaml', 'dvc.yaml'] as const)
  test(`results and files, with ${file}`, () => {
    const folder = join(top, file);
    makeProject(folder, file);
    const script = join(import.meta.dirname, 'reader.py');
    const { failures, ...found } = JSON.parse(command(folder, python, script)) as { failures: string[] };
    const evaluated = (acc: number): object => ({
      acc,
      worst: 'float inf',
      least: 'float -inf',
      nested: { a: [1] },
    });
    assert.deepEqual(found, {
      params: { net: { depth: 4, width: 2 } },
      'params of a stage': { net: { depth: 3 } },
      metrics: evaluated(0.25),
      'metrics at v1': evaluated(0.5),
      'of an experiment': [{ net: { depth: 4 } }, evaluated(0.125)],
      experiments: [['wide', 'done', 0.125, 0.125]],
      stages: [
        ['train', true, ['model']],
        ['evaluate', true, ['metrics.json']],
        ['plot', true, ['loss.csv']],
      ],
      length: 4,
      workspace: '0.25\n',
      v1: '0.5\n',
      wide: '0.125\n',
      'of git': '{"acc": 0.5, "worst": Infinity, "least": -Infinity, "nested": {"a": [1]}}\n',
      stage: 'loss\n',
      'output of a stage': '0.5\n',
      source: readFileSync(join(folder, 'train.sh'), 'utf8'),
      'other folder': { net: { depth: 4 } },
    });
    for (const [index, message] of [
      /model is a folder/,
      /nothing does not exist/,
      /no-such-revision/,
      /is damaged/,
    ].entries())
      assert.match(failures[index]!, message);
  });

test('mypy has nothing to say, of the package and of what uses it', () => {
  const mypy = join(venv('mypy', ['mypy==2.4.1']), 'mypy');
  const flags = ['--strict', '--no-incremental', '--python-executable', python];
  command(top, mypy, ...flags, '-p', 'pipe_engine');
  command(top, mypy, ...flags, join(import.meta.dirname, 'reader.py'));
  const wrong = join(top, 'wrong.py');
  writeFileSync(wrong, 'from pipe_engine import open_result\nx: bytes = open_result("a").read()\n');
  const { status, stdout } = spawnSync(mypy, [...flags, wrong], { encoding: 'utf8' });
  assert.deepEqual([status, /has type "str"/.test(stdout)], [1, true], stdout);
});

test('it imports nothing but the standard library', () => {
  const script =
    'import sys; before = set(sys.modules); import pipe_engine; print([m for m in set(sys.modules) - before if m.split(".")[0] not in sys.stdlib_module_names and not m.startswith("pipe_engine")])';
  assert.equal(
    command(
      top,
      python,
      '-S',
      '-c',
      `import sys; sys.path.append(${JSON.stringify(sitePackages())}); ${script}`,
    ),
    '[]\n',
  );
});

const sitePackages = (): string =>
  command(top, python, '-c', 'import sysconfig; print(sysconfig.get_path("purelib"))').trim();
