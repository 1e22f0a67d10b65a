// What is remembered of pipeline files never shows: a project is loaded as if every file were read.
import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
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
import fc from 'fast-check';
import { isWhole } from '../amount.ts';
import { PipeError } from '../../src/base/base.ts';
import { ownLoading } from '../../src/own/own.ts';
import {
  LoadMemory,
  loadProject,
  noOverlay,
  type Overlay,
  type Project,
} from '../../src/pipeline/pipeline.ts';
import { withFolder } from './project-folder.ts';

const at = (root: string) => ({ root, pipelineFile: 'pipeline.yaml', loading: ownLoading }) as const;

function load(root: string, memory: boolean, overlay: Overlay = noOverlay): Project {
  const open = (flags: unknown): LoadMemory => new LoadMemory(join(root, 'state/loaded'), ['build', flags]);
  return loadProject(at(root), overlay, undefined, undefined, memory ? open : undefined);
}

/** Everything that a project declares, or its problems. */
function outcome(root: string, memory: boolean, overlay?: Overlay): unknown {
  try {
    const { stages, files, variableFiles, warnings, config, reports } = load(root, memory, overlay);
    return {
      stages,
      files,
      variableFiles,
      warnings,
      config,
      reports: reports.map(({ variables, ...rest }) => ({ ...rest, variables: variables() })),
    };
  } catch (error) {
    if (error instanceof PipeError) return error.problems;
    throw error;
  }
}

/** What was written is older than a load, so that it can be remembered at once. */
function laterClock(t: TestContext): void {
  const real = Date.now.bind(Date);
  t.mock.method(Date, 'now', () => real() + 60_000);
}

/** Writes with other times than before: no file system shows two changes in one tick of its clock. */
function write(root: string, name: string, text: string): void {
  const path = join(root, name);
  const timesOf = (): bigint | undefined => statSync(path, { bigint: true, throwIfNoEntry: false })?.ctimeNs;
  const before = timesOf();
  mkdirSync(dirname(path), { recursive: true });
  do writeFileSync(path, text);
  while (timesOf() === before);
}

const members = (count: number, params: string): string =>
  `  many:\n    foreach: [${Array.from({ length: count }, (_, n) => n).join(', ')}]\n    do:\n      cmd: run \${item} ${params}\n      outs: ['o/\${item}']\n`;

const MAIN = `vars: [vars.yaml]
include: {sub: other/part.yaml, flat: {file: other/flat.yaml, wdir: .}}
config: {grace: 5, pools: {gpu: 2}}
metrics: [m.json]
stages:
${members(60, '${lr}')}  one: {cmd: 'one \${name}', params: [lr], deps: [o/1, o/2], outs: [p, l: {labels: [k]}]}
  two: {cmd: [a, b], wdir: in, deps: [x], outs: [z: {cache: false, desc: d}], meta: {a: 1}}
  three: {cmd: c, frozen: true, timeout: 5, env: {A: b}, metrics: [m: {persist: true}], plots: [q: {x: s}, r], outs: [t]}
  four: {cmd: c, always_changed: true, resources: {cpus: 2}, retry: 2, outs: [u: {push: false}, v: {remote: w}]}
  five: {cmd: c, deps: [y.py: {imports: true}], timeout: 6}
  six: {cmd: c, timeout: 7}
  seven: {cmd: c, timeout: 7, meta: {b: 1}}
  plain: {cmd: c, outs: [plain0]}
`;

const FILES = {
  'pipeline.yaml': MAIN,
  'vars.yaml': 'name: x\n',
  'params.yaml': 'lr: 0.1\nbig: 12345678901234567890\n',
  'other/part.yaml': 'stages:\n  inner: {cmd: "in ${v}", outs: [q]}\n',
  'other/params.yaml': 'v: 1\n',
  'other/flat.yaml': 'stages:\n  plain: {cmd: c, outs: [flat0]}\n',
  'deep/pipeline.yaml':
    'stages:\n  below: {cmd: "x ${k}", outs: [r], meta: {a: [1, 2.5, null, true, 2020-01-01]}}\n',
  'deep/params.yaml': 'k: v\n',
  // Without a parameter file, which may come.
  'new/pipeline.yaml': 'stages: {m: {cmd: m, outs: [m]}}\n',
  'state/': '',
};

type Edit = (root: string) => void;

const edit = (name: string, ...texts: readonly string[]): fc.Arbitrary<Edit> =>
  fc.constantFrom(...texts).map((text) => (root) => write(root, name, text));

const edits: fc.Arbitrary<Edit> = fc.oneof(
  edit(
    'pipeline.yaml',
    MAIN,
    MAIN.replace('one \\${name}', 'two'),
    MAIN.replace('grace: 5', 'grace: 7'),
    `stages:\n${members(70, 'x')}`,
    `stages:\n${members(3, '')}`,
    'stages: [',
    MAIN.replace('lr}', 'missing}'),
  ),
  edit('params.yaml', 'lr: 0.2\n', 'lr: 0.1\n', 'lr: [1, 2]\n', 'big: 1\n', ': :\n'),
  edit('vars.yaml', 'name: y\n', 'name: z\n', 'lr: 3\n'),
  edit(
    'other/part.yaml',
    FILES['other/part.yaml'],
    'stages: {inner: {cmd: other, outs: [q, q2]}}\n',
    'stages: {}\n',
  ),
  edit(
    'deep/pipeline.yaml',
    FILES['deep/pipeline.yaml'],
    'stages: {}\n',
    'stages: {below: {cmd: a, outs: [p]}}\n',
  ),
  edit('other/params.yaml', 'v: 2\n'),
  edit('deep/params.yaml', 'k: w\n', 'k: v\n'),
  edit('new/pipeline.yaml', 'stages: {n: {cmd: n, outs: [n]}}\n'),
  edit('.gitignore', 'deep\n', 'new\n', ''),
  edit('new/params.yaml', 'n: 1\n', ': :\n'),
  fc
    .constantFrom(
      'vars.yaml',
      'params.yaml',
      'other/part.yaml',
      'deep/pipeline.yaml',
      'new/pipeline.yaml',
      'deep/params.yaml',
      'new/params.yaml',
    )
    .map((name) => (root: string) => rmSync(join(root, name), { force: true })),
  fc.constant((root: string) => {
    const isFile = lstatSync(join(root, 'params.yaml'), { throwIfNoEntry: false })?.isFile();
    if (isFile) renameSync(join(root, 'params.yaml'), join(root, 'p2.yaml'));
    rmSync(join(root, 'params.yaml'), { force: true });
    symlinkSync('p2.yaml', join(root, 'params.yaml'));
  }),
  fc.constantFrom(10, 5000, -1).map((place) => (root: string) => {
    const file = join(root, 'state/loaded');
    if (!existsSync(file)) return;
    const bytes = readFileSync(file);
    if (place < bytes.length)
      bytes.writeUInt8(bytes.at(place)! ^ 1, place < 0 ? bytes.length + place : place);
    writeFileSync(file, bytes);
  }),
);

test('whatever is edited, a project is loaded as without the memory', (t) => {
  laterClock(t);
  fc.assert(
    fc.property(fc.array(edits, { minLength: 1, maxLength: 12 }), (list) => {
      withFolder(FILES, (root) => {
        for (const change of [() => undefined, ...list]) {
          change(root);
          assert.deepEqual(outcome(root, true), outcome(root, false));
          assert.deepEqual(outcome(root, true), outcome(root, false));
        }
      });
    }),
    { numRuns: isWhole ? 25 : 10 },
  );
});

test('an unchanged file is not read again, and a changed one is, alone', (t) => {
  laterClock(t);
  withFolder(FILES, (root) => {
    load(root, true);
    const before = statSync(join(root, 'state/loaded')).ino;
    const first = load(root, true);
    assert.equal(statSync(join(root, 'state/loaded')).ino, before, 'written once');
    assert.equal(first.stages.length, 72);
    // The text is not looked at as long as its stamp is the same.
    const memory = new LoadMemory(join(root, 'state/loaded'), [
      'build',
      { bool: 'store_true', list: 'nargs' },
    ]);
    const fail = (): never => assert.fail('read again');
    assert.equal(memory.load('pipeline.yaml' as never, fail).stages.length, 70);
    write(root, 'deep/params.yaml', 'k: other\n');
    assert.throws(() => memory.load('deep/pipeline.yaml' as never, fail), /read again/);
    // Nor a file beside which one came.
    memory.load('new/pipeline.yaml' as never, fail);
    write(root, 'new/params.yaml', 'n: 1\n');
    assert.throws(() => memory.load('new/pipeline.yaml' as never, fail), /read again/);
    assert.equal(memory.load('pipeline.yaml' as never, fail).stages.length, 70);
  });
});

test('what identifies the declarations is that of all files, or nothing', (t) => {
  laterClock(t);
  withFolder(FILES, (root) => {
    const { remembered } = load(root, true);
    assert.notEqual(remembered, undefined);
    assert.equal(load(root, true).remembered, remembered);
    rmSync(join(root, 'deep'), { recursive: true });
    const without = load(root, true).remembered;
    assert.ok(without !== undefined && without !== remembered, 'a file less');
    // One of two files that were read for it could change again without a change of its times.
    const later = new Date(Date.now() + 3_600_000);
    utimesSync(join(root, 'new/pipeline.yaml'), later, later);
    assert.equal(load(root, true).remembered, undefined);
  });
});

test('a file that was written a moment before is not remembered: it could change again without a change of its times', (t) => {
  withFolder(FILES, (root) => {
    // Every other file was written after this one.
    const { ctimeMs } = statSync(join(root, 'pipeline.yaml'));
    t.mock.method(Date, 'now', () => Math.floor(ctimeMs) + 1);
    load(root, true);
    assert.equal(existsSync(join(root, 'state/loaded')), false);
  });
});

test('nothing is remembered with an overlay, of few stages, or without a folder for it', (t) => {
  laterClock(t);
  withFolder(FILES, (root) => {
    assert.deepEqual(
      outcome(root, true, { files: [], set: ['lr=9'] }),
      outcome(root, false, { files: [], set: ['lr=9'] }),
    );
    assert.equal(existsSync(join(root, 'state/loaded')), false);
    load(root, true);
    assert.deepEqual(
      outcome(root, true, { files: [], set: ['lr=9'] }),
      outcome(root, false, { files: [], set: ['lr=9'] }),
    );
  });
  withFolder({ 'pipeline.yaml': 'stages: {a: {cmd: x}}\n', 'state/': '' }, (root) => {
    load(root, true);
    assert.equal(existsSync(join(root, 'state/loaded')), false);
  });
  withFolder({ 'pipeline.yaml': `stages:\n${members(60, '')}` }, (root) => {
    load(root, true);
    assert.equal(existsSync(join(root, 'state')), false);
  });
});
