// The reader for Python on answers that are made up: what it asks, and what it makes of the answers. test/real/install has the engine's own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findPython } from '../../../test/docs/portable.ts';

const python = findPython();
const folder = mkdtempSync(join(tmpdir(), 'pipe-reader-'));
after(() => rmSync(folder, { recursive: true }));

const md5 = (bytes: string | Buffer): string => createHash('md5').update(bytes).digest('hex');

/** A file, and where the engine would say that its bytes are. */
function cached(name: string, bytes: string | Buffer, algorithm: string, digest: string) {
  writeFileSync(join(folder, name), bytes);
  return { source: 'cache', file: name, algorithm, digest };
}

function git(...args: readonly string[]): string {
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  const { status, stdout, stderr } = spawnSync('git', [...who, ...args], { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

/** A few of its bytes are no text, but for its zero: DVC 2 takes it as it is. */
const BINARY = Buffer.from('a\r\nb\0\r\n');
/** What DVC 2 takes for text: its first 512 bytes have no zero, and at most three of ten are unusual. */
const TEXTS = [`${'a'.repeat(510)}\r\n\0`, `${'a'.repeat(68)}\r\n${'\x01'.repeat(30)}`];
const BINARIES = [`\r\n${'a'.repeat(509)}\0`, `${'a'.repeat(67)}\r\n${'\x01'.repeat(31)}`];

test('the reader for Python', { skip: python === undefined && 'needs python3' }, () => {
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'sub/old.txt'), 'old\n');
  git('init', '-q');
  git('add', 'sub');
  git('commit', '-qm', 'one');
  const commit = git('rev-parse', 'HEAD');
  writeFileSync(join(folder, 'sub/old.txt'), 'new\n');
  git('commit', '-qam', 'two');
  writeFileSync(join(folder, 'here.txt'), 'ü\r\n');
  const outs = [
    { path: 'model', folder: true, digest: 'abc', size: 7 },
    { path: 'log', folder: false },
    { path: 'empty', folder: false, digest: 'def', size: 0 },
  ];
  const answers = {
    results: [
      {
        stage: 'train',
        recorded: true,
        params: {
          'params.yaml': { lr: 0.1, net: { depth: 3, kind: { a: 1 } } },
          'other.yaml': { lr: 5, most: 'inf' },
        },
        metrics: {},
        outs,
      },
      {
        stage: 'evaluate',
        recorded: false,
        params: { 'params.yaml': { net: { width: ['-inf', 2], kind: { b: 2 } } } },
        metrics: { 'metrics.json': { worst: 'inf', list: ['-inf', 1], text: 'high' }, 'plain.txt': 0.5 },
        outs: [],
      },
    ],
    'exp show': [
      {
        name: 'wide',
        state: 'done',
        params: { 'params.yaml': { lr: 'nan' } },
        metrics: { 'm.json': { acc: 'inf' } },
      },
    ],
    workspace: { source: 'workspace', file: 'here.txt' },
    git: { source: 'git', root: join(folder, 'sub'), commit, path: 'old.txt' },
    'no blob': { source: 'git', root: folder, commit, path: 'nothing' },
    md5: cached('md5', 'a\r\n', 'md5', md5('a\r\n')),
    text: cached('text', 'a\r\nb\n', 'md5-dos2unix', md5('a\nb\n')),
    binary: cached('binary', BINARY, 'md5-dos2unix', md5(BINARY)),
    ...Object.fromEntries(
      [...TEXTS, ...BINARIES].map((bytes, index) => {
        const hashed = index < TEXTS.length ? bytes.replaceAll('\r\n', '\n') : bytes;
        return [`start ${index}`, cached(`start ${index}`, bytes, 'md5-dos2unix', md5(hashed))];
      }),
    ),
    damaged: cached('damaged', 'b', 'md5', md5('a')),
    'damaged text': cached('damaged text', 'b', 'md5-dos2unix', md5('a')),
  };
  writeFileSync(join(folder, 'answers.json'), JSON.stringify(answers));
  const { status, stdout, stderr } = spawnSync(python!, [join(import.meta.dirname, 'reader.py')], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: join(import.meta.dirname, '../src'), PYTHONDONTWRITEBYTECODE: '1' },
  });
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), {
    called: ['exp', 'show', '--json', '--', 'a'],
    failed: 'PipeError: no such stage',
    // Of two files that have a key, each has its own; what stages read of one file is one.
    params: `{'params.yaml:lr': 0.1, 'net': {'depth': 3, 'kind': {'a': 1, 'b': 2}, 'width': [-inf, 2]}, 'other.yaml:lr': 5, 'most': inf}`,
    metrics: `{'worst': inf, 'list': [-inf, 1], 'text': 'high', 'plain.txt': 0.5}`,
    results: [
      `StageResult(stage='train', recorded=True, params={'params.yaml:lr': 0.1, 'net': {'depth': 3, 'kind': {'a': 1}}, 'other.yaml:lr': 5, 'most': inf}, metrics={}, outs=[Output(path='model', folder=True, digest='abc', size=7), Output(path='log', folder=False, digest=None, size=None), Output(path='empty', folder=False, digest='def', size=0)])`,
      `StageResult(stage='evaluate', recorded=False, params={'net': {'width': [-inf, 2], 'kind': {'b': 2}}}, metrics={'worst': inf, 'list': [-inf, 1], 'text': 'high', 'plain.txt': 0.5}, outs=[])`,
    ],
    experiments: [`Experiment(name='wide', state='done', params={'lr': nan}, metrics={'acc': inf})`],
    workspace: String.raw`'ü\n'`,
    bytes: String.raw`b'\xc3\xbc\r\n'`,
    latin: String.raw`'Ã¼\r\n'`,
    git: String.raw`'old\n'`,
    cache: [String.raw`'a\n'`, String.raw`'a\nb\n'`, String.raw`'a\nb\x00\n'`],
    damaged: ['damaged', 'damaged text'].map(
      (name) => `PipeError: ${name} is damaged: it does not have the bytes of ${md5('a')}. Run: pipe verify`,
    ),
    'no blob': `PipeError: git cannot read nothing: fatal: path 'nothing' does not exist in '${commit}'`,
    starts: [...TEXTS, ...BINARIES].map((bytes) => bytes.length),
    written: `ValueError: mode 'w': results can only be read`,
    asked: [
      ['results', ['--'], null],
      ['results', ['--rev=v1', '--', 'evaluate'], 'sub'],
      ['results', ['--', 'train', 'evaluate'], null],
      ['exp show', [], 'sub'],
      ...['workspace', 'workspace', 'workspace'].map((name) => ['locate', ['--', name], null]),
      ['locate', ['--rev=v1', '--', 'git'], null],
      ...[
        'md5',
        'text',
        'binary',
        'start 0',
        'start 1',
        'start 2',
        'start 3',
        'damaged',
        'damaged text',
        'no blob',
      ].map((name) => ['locate', ['--', name], null]),
    ],
    started: [
      [
        '/packages/node',
        [
          '/packages/node',
          join(import.meta.dirname, '../src/pipe_engine/_engine/bin/pipe.js'),
          'status',
          '-v',
        ],
      ],
    ],
    // A Node of the user comes first.
    path: '/own:/packages',
  });
});
