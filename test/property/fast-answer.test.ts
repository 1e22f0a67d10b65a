// The fast answer is never wrong: after any edit, where it says that nothing changed the ordinary walk says so too.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { isWhole, sampleOf, testInWhole } from '../amount.ts';
import { makeWorkspace, type TestWorkspace } from '../workspace.ts';

const repository = dirname(dirname(import.meta.dirname));
const fastBundle = join(repository, 'dist/fast.js');

const base: Readonly<Record<string, string>> = {
  'pipeline.yaml': `
vars:
- names.yaml
- greeting: hello
stages:
  one:
    cmd: cat in/a.txt \${name}.txt > out/one.txt
    env: {LEVEL: low}
    deps: [in/a.txt, word.txt]
    params: [settings.json: [depth]]
    outs: [out/one.txt]
  two:
    cmd: ls data > out/two.txt; echo \${greeting} >> out/two.txt
    deps: [data]
    outs: [out/two.txt]
  four:
    cmd: cat current/x.txt latest.txt > out/four.txt
    deps: [current, latest.txt]
    outs: [out/four.txt]
  three:
    cmd: mkdir out/three && cp out/one.txt out/two.txt out/three
    deps: [out/one.txt, out/two.txt]
    outs: [out/three]
`,
  'names.yaml': 'name: word\n',
  'over.yaml': 'greeting: good morning\n',
  'settings.json': '{"depth": 3}\n',
  'word.txt': 'word\n',
  'in/a.txt': 'aaaa\n',
  'data/x.txt': 'x\n',
  'data/deep/y.txt': 'y\n',
  'data/deep/z.log': 'z\n',
  'versions/1/x.txt': 'one\n',
  'versions/2/x.txt': 'two\n',
  '.pipeignore': '*.tmp\n',
};
/** By way of which a stage reads. */
const baseLinks: Readonly<Record<string, string>> = {
  newest: 'versions/1',
  current: 'newest',
  'latest.txt': 'newest/x.txt',
};
const extras = [
  '.dvc',
  '.git',
  '.gitignore',
  'cache/config.yaml',
  'sub',
  'params.yaml',
  'data',
  'in',
  'data.new',
  'moved',
  'out',
];

type Edit = (at: (name: string) => string, pick: (n: number) => number) => void;

/** Keeps size and times, as a careless tool may. */
const replaceQuietly = (path: string, text: string): void => {
  const { atime, mtime } = statSync(path);
  writeFileSync(path, text);
  utimesSync(path, atime, mtime);
};
const substitute = (path: string, from: string | RegExp, to: string): void =>
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
const aFile = (at: (name: string) => string, pick: (n: number) => number): string =>
  at(['in/a.txt', 'word.txt', 'data/x.txt', 'data/deep/y.txt', 'out/one.txt', 'out/three/one.txt'][pick(6)]!);

/** A file beside the state that belongs to the lock file. */
const journal = (at: (name: string) => string, ending: string): string =>
  at(`cache/state/journal/${hash('sha256', at('pipeline.lock')).slice(0, 16)}.${ending}`);

const edits: Readonly<Record<string, Edit>> = {
  nothing: () => undefined,
  'content of a file': (at, pick) => appendFileSync(aFile(at, pick), 'more\n'),
  'content, with size and times kept': (at) => replaceQuietly(at('in/a.txt'), 'bbbb\n'),
  'mode of a file': (at, pick) => chmodSync(aFile(at, pick), 0o755),
  'times of a file': (at, pick) => utimesSync(aFile(at, pick), 1_000_000, 1_000_000),
  'a file replaced by an equal one': (at, pick) => {
    const path = aFile(at, pick);
    writeFileSync(`${path}.new`, readFileSync(path));
    renameSync(`${path}.new`, path);
  },
  'a file replaced by a link to another': (at) => {
    rmSync(at('word.txt'));
    linkSync(at('in/a.txt'), at('word.txt'));
  },
  'a file replaced by a symlink': (at) => {
    rmSync(at('word.txt'));
    symlinkSync('in/a.txt', at('word.txt'));
  },
  'a symlink in a folder': (at) => symlinkSync('x.txt', at('data/link')),
  'a dependency that is a link led elsewhere': (at, pick) => {
    const name = ['current', 'newest', 'latest.txt'][pick(3)]!;
    rmSync(at(name));
    symlinkSync(name === 'latest.txt' ? 'versions/2/x.txt' : 'versions/2', at(name));
  },
  'a dependency that is a link led nowhere': (at) => renameSync(at('versions/1'), at('versions/3')),
  'a file behind a link': (at) => writeFileSync(at('versions/1/x.txt'), 'more\n'),
  'a folder behind a link swapped for another': (at) => {
    renameSync(at('versions/1'), at('versions/3'));
    renameSync(at('versions/2'), at('versions/1'));
  },
  'a file removed': (at, pick) => rmSync(aFile(at, pick), { force: true }),
  'a name in a folder': (at) => renameSync(at('data/x.txt'), at('data/w.txt')),
  'a file more in a folder': (at) => writeFileSync(at('data/deep/new.txt'), ''),
  'an ignored file more in a folder': (at) => writeFileSync(at('data/deep/new.tmp'), ''),
  'an empty folder more': (at) => mkdirSync(at('data/empty'), { recursive: true }),
  'a folder swapped for another': (at) => {
    mkdirSync(at('data.new/deep'), { recursive: true });
    for (const name of ['x.txt', 'deep/y.txt']) writeFileSync(at(`data.new/${name}`), 'new\n');
    rmSync(at('data'), { recursive: true });
    renameSync(at('data.new'), at('data'));
  },
  'the folder of outputs moved, and linked': (at) => {
    renameSync(at('out'), at('moved'));
    symlinkSync('moved', at('out'));
  },
  'an attempt that did not end': (at) =>
    appendFileSync(journal(at, 'attempts'), '\n{"stage":"gone","outs":["word.txt"]}'),
  'what is ignored': (at) => writeFileSync(at('.pipeignore'), '*.log\n'),
  'what is ignored further down': (at) => writeFileSync(at('data/deep/.pipeignore'), '*.log\n'),
  'nothing ignored': (at) => rmSync(at('.pipeignore'), { force: true }),
  'a parameter': (at) => substitute(at('settings.json'), '3', '4'),
  'an unused parameter': (at) => substitute(at('settings.json'), '}', ', "other": 1}'),
  'a variable': (at) => writeFileSync(at('names.yaml'), 'name: in/a\n'),
  'a file of the overlay': (at) => writeFileSync(at('over.yaml'), 'greeting: good night\n'),
  'a file that is looked for': (at) => writeFileSync(at('params.yaml'), 'extra: 1\n'),
  'a file that is looked for, and clashes': (at) => writeFileSync(at('params.yaml'), 'greeting: 1\n'),
  'the environment of a stage': (at) => substitute(at('pipeline.yaml'), 'low', 'high'),
  'a command': (at) => substitute(at('pipeline.yaml'), 'ls data', 'ls -r data'),
  'a comment': (at) => appendFileSync(at('pipeline.yaml'), '# more\n'),
  'a broken pipeline': (at) => appendFileSync(at('pipeline.yaml'), '  {\n'),
  'another pipeline file': (at) => {
    mkdirSync(at('sub/inner'), { recursive: true });
    writeFileSync(at('sub/inner/pipeline.yaml'), 'stages:\n  new: {cmd: touch new, outs: [new]}\n');
  },
  'a pipeline file of the other name': (at) => writeFileSync(at('dvc.yaml'), 'stages: {}\n'),
  'a DVC repository': (at) => mkdirSync(at('.dvc'), { recursive: true }),
  'a git repository that ignores': (at) => {
    mkdirSync(at('.git/info'), { recursive: true });
    writeFileSync(at('.git/info/exclude'), 'pipeline.yaml\n');
  },
  'settings of the machine': (at) => writeFileSync(at('cache/config.yaml'), 'grace: 3\n'),
  'broken settings of the machine': (at) => writeFileSync(at('cache/config.yaml'), 'grace: [\n'),
  'no lock file': (at) => rmSync(at('pipeline.lock'), { force: true }),
  'another digest in the lock file': (at) =>
    substitute(at('pipeline.lock'), /sha256: '?[0-9a-f]{4}/, 'sha256: 0000'),
  'another command in the lock file': (at) => substitute(at('pipeline.lock'), 'ls data', 'ls'),
  'a journal that was left': (at) => writeFileSync(journal(at, 'jsonl'), '{"base":""}\n'),
  'no stat database': (at) => rmSync(at('cache/state/stat.db'), { force: true }),
  'no objects': (at) => rmSync(at('cache/objects'), { recursive: true, force: true }),
  'a damaged object': (at) => {
    const folder = at('cache/objects/sha256');
    if (!existsSync(folder)) return;
    const [first] = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    if (!first) return;
    chmodSync(join(first.parentPath, first.name), 0o644);
    appendFileSync(join(first.parentPath, first.name), 'damage');
  },
  'no cache': (at) => rmSync(at('cache'), { recursive: true, force: true }),
  'a cache of somebody else': (at) => {
    rmSync(at('cache/CACHEDIR.TAG'), { force: true });
    writeFileSync(at('cache/mine.txt'), '');
  },
  'the record of a run': (at) =>
    writeFileSync(at('cache/state/run.owner.json'), '{"pid":1,"host":"elsewhere","since":"","run":"x"}'),
  'a verdict cut off': (at) => substitute(at('cache/state/verdict'), /.{20}$/s, ''),
};

const random = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

function ask(workspace: TestWorkspace, args: readonly string[], bundle = fastBundle): boolean {
  const script = join(import.meta.dirname, 'ask-fast.ts');
  const { status, stderr } = spawnSync(process.execPath, [script, bundle, 'repro', ...args], {
    cwd: workspace.root,
    encoding: 'utf8',
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, PIPE_NO_FAST_ANSWER: undefined },
  });
  assert.ok(status === 0 || status === 9, stderr);
  return status === 0;
}

function reset(workspace: TestWorkspace): void {
  rmSync(
    journal((file) => workspace.path(file), 'attempts'),
    { force: true },
  );
  for (const name of [...extras, 'versions', 'dvc.yaml', 'cache/mine.txt', 'cache/state/run.owner.json'])
    workspace.remove(name);
  for (const [name, text] of Object.entries(base)) {
    workspace.remove(name);
    workspace.write(name, text);
  }
  for (const [name, target] of Object.entries(baseLinks)) {
    workspace.remove(name);
    symlinkSync(target, workspace.path(name));
  }
}

/** Runs until a verdict is kept: the second run finds nothing to do. */
async function settle(workspace: TestWorkspace, args: readonly string[]): Promise<void> {
  reset(workspace);
  if (!existsSync(workspace.path('cache/objects'))) workspace.remove('cache');
  await workspace.expect(0, 'repro', ...args);
  await workspace.expect(0, 'repro', ...args);
  assert.ok(ask(workspace, args), 'nothing changed, and the fast answer does not say so');
}

async function tryEdits(
  t: TestContext,
  names: readonly string[],
  args: readonly string[],
  seed: number,
): Promise<void> {
  const workspace = makeWorkspace(t, base);
  const pick = random(seed);
  for (const name of names) {
    await settle(workspace, args);
    edits[name]!((file) => workspace.path(file), pick);
    const answered = ask(workspace, args);
    if (!answered) continue;
    const walked = await workspace.pipe('repro', '--dry', ...args);
    assert.match(
      walked.stdout,
      /^Everything is up to date/,
      `wrong after: ${name} (seed ${seed})\n${walked.stderr}`,
    );
  }
}

const names = Object.keys(edits);

test('no single edit is overlooked', (t) => tryEdits(t, sampleOf(names, 20), [], 1));

test('nor one under an overlay and another lock file', (t) => {
  const pick = random(7);
  const some = Array.from({ length: isWhole ? 12 : 1 }, () => names[pick(names.length)]!);
  return tryEdits(
    t,
    ['a file of the overlay', ...some],
    ['--params', 'over.yaml', '--lock', 'cache/other.lock'],
    7,
  );
});

test('nor an edit behind a link inside of a folder', async (t) => {
  const workspace = makeWorkspace(t, base);
  reset(workspace);
  symlinkSync('../newest/x.txt', workspace.path('data/link'));
  const edit = edits['a file behind a link']!;
  for (let round = 0; round < 2; round += 1) await workspace.expect(0, 'repro');
  assert.match((await workspace.expect(0, 'repro')).stdout, /^Everything is up to date/);
  edit((file) => workspace.path(file), random(1));
  assert.equal(ask(workspace, []), false);
  assert.match((await workspace.expect(0, 'status')).stdout, /two: deps: data modified behind a link/);
});

testInWhole('nor several edits that may undo each other', async (t) => {
  const workspace = makeWorkspace(t, base);
  const pick = random(Number(process.env['SEED'] ?? 42));
  for (let round = 0; round < 15; round += 1) {
    await settle(workspace, []);
    const done: string[] = [];
    for (let count = pick(4) + 1; count > 0; count -= 1) {
      const name = names[pick(names.length)]!;
      done.push(name);
      try {
        edits[name]!((file) => workspace.path(file), pick);
      } catch (error) {
        // What this edit changes is gone by now.
        assert.match(String(error), /ENOENT|EEXIST|ENOTDIR/);
      }
    }
    if (pick(2) === 0) for (const [name, text] of Object.entries(base)) workspace.write(name, text);
    if (!ask(workspace, [])) continue;
    const walked = await workspace.pipe('repro', '--dry');
    assert.match(
      walked.stdout,
      /^Everything is up to date/,
      `wrong after: ${done.join(', ')}\n${walked.stderr}`,
    );
  }
});

test('nor other arguments, another folder, another build, another environment', async (t) => {
  const workspace = makeWorkspace(t, base);
  await settle(workspace, []);
  for (const args of [
    ['one'],
    ['-f'],
    ['--dry'],
    ['--json'],
    ['-S', 'greeting=bye'],
    ['--lock', 'other.lock'],
  ])
    assert.equal(ask(workspace, args), false, args.join(' '));
  assert.equal(ask({ ...workspace, root: workspace.path('in') }, []), false);
  const [build] = readFileSync(workspace.path('cache/state/verdict'), 'utf8').match(/[0-9a-f]{32}/)!;
  const text = readFileSync(fastBundle, 'utf8');
  assert.ok(text.includes(build));
  workspace.write('cache/state/fast.mjs', text.replace(build, '0'.repeat(32)));
  assert.equal(ask(workspace, [], workspace.path('cache/state/fast.mjs')), false);
  const { status } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'ask-fast.ts'), fastBundle, 'repro'],
    {
      cwd: workspace.root,
      env: { ...process.env, XDG_CONFIG_HOME: '/elsewhere' },
    },
  );
  assert.equal(status, 9);
});

test('says what the ordinary walk says', async (t) => {
  const workspace = makeWorkspace(t, base);
  await settle(workspace, []);
  const said = async (env: NodeJS.ProcessEnv): Promise<string> => {
    const { stdout } = spawnSync(process.execPath, [join(repository, 'bin/pipe.js'), 'repro'], {
      cwd: workspace.root,
      encoding: 'utf8',
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
    });
    return stdout.replace(/[\d.]+ m?s/, 'TIME');
  };
  for (const colour of ['0', '1'])
    assert.equal(
      await said({ FORCE_COLOR: colour }),
      await said({ FORCE_COLOR: colour, PIPE_NO_FAST_ANSWER: '1' }),
    );
});

test('stages that must run, and runs that failed, leave no verdict', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml':
      'stages:\n  always: {cmd: touch a, outs: [a], always_changed: true}\n  frozen: {cmd: touch b, outs: [b], frozen: true}\n',
    b: '',
  });
  await workspace.pipe('repro');
  await workspace.pipe('repro');
  assert.equal(ask(workspace, []), false);
  workspace.write('pipeline.yaml', 'stages:\n  bad: {cmd: "false", outs: [a]}\n');
  await workspace.expect(1, 'repro');
  await workspace.expect(1, 'repro');
  assert.equal(ask(workspace, []), false);
});
