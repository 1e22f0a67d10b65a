// What `pipe exp apply`, `save`, `branch`, `rename`, `remove`, `push` and `pull` print and record, option by option.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { chmodSync, existsSync, globSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { findRecord, thisRunner, writeRecord } from '../../src/experiment/experiment.ts';
import { FILES, project } from './experiments-project.ts';

test('apply changes nothing where an object is damaged, of a file or in a folder', async (t) => {
  const { root, read, err, out, path, git } = await project(t);
  for (const text of ['model 10', 'score: 10']) {
    const digest = hash('sha256', text);
    const object = path(`cache/objects/sha256/${digest.slice(0, 2)}/${digest.slice(2)}`);
    chmodSync(object, 0o644);
    writeFileSync(object, text.replace('1', '2'));
    const printed = await err(1, 'exp', 'apply', 'grid-1');
    const lost = text === 'model 10' ? 'model\\.txt' : 'more';
    assert.match(printed, new RegExp(`the cache does not have '${lost}' of 'train'`));
    assert.equal(read('params.yaml'), FILES['params.yaml']);
    assert.deepEqual(
      readdirSync(root).filter((name) => name.startsWith('mo')),
      [],
    );
    assert.equal(git('status', '--porcelain'), '');
    assert.deepEqual(readdirSync(path('cache/placing')), []);
    writeFileSync(object, text);
  }
  await out(0, 'exp', 'apply', 'grid-1');
  assert.equal(read('more/a.yaml') + read('model.txt'), 'score: 10model 10');
});

test('rename and remove change the records that are meant, and no other', async (t) => {
  const { out, err, path, read, remove } = await project(t);
  const names = (): readonly string[] =>
    readdirSync(path('cache/exps')).filter((name) => name.endsWith('.json'));
  assert.match(await err(1, 'exp', 'rename', 'grid-1', 'grid-2'), /there is an experiment 'grid-2' already/);
  const before = JSON.parse(read('cache/exps/grid-1.json')) as Record<string, unknown>;
  assert.equal(await out(0, 'exp', 'rename', 'grid-1', 'one'), "'grid-1' is called 'one' now.\n");
  const { group: _, ...alone } = before;
  assert.deepEqual(JSON.parse(read('cache/exps/one.json')), { ...alone, name: 'one' });
  assert.deepEqual(names(), ['grid-2.json', 'grid-3.json', 'killed.json', 'one.json']);
  assert.match(await err(1, 'exp', 'remove'), /no experiment to remove is named/);
  assert.match(await err(1, 'exp', 'remove', 'grid-2', 'gird-3'), /did you mean 'grid-3'/);
  // One that runs is none of those that failed, and keeps its record.
  const known = findRecord(path('cache/exps'), 'one')!;
  writeRecord(path('cache/exps'), { ...known, name: 'busy', state: 'running', runner: thisRunner() });
  for (const args of [
    ['rename', 'busy', 'other'],
    ['remove', 'busy'],
    ['remove', '--all'],
  ])
    assert.match(await err(1, 'exp', ...args), /the experiment 'busy' is running/);
  assert.match(await err(1, 'exp', 'push', 'busy'), /'busy' has not ended: it is running/);
  assert.equal(await out(0, 'exp', 'remove', '--failed'), "Removed 'killed'.\nRemoved 'grid-3'.\n");
  assert.ok(names().includes('busy.json'));
  remove('cache/exps/busy.json');
  assert.equal(await out(0, 'exp', 'rm', '--failed'), 'There is nothing to remove.\n');
  assert.equal(await out(0, 'exp', 'remove', 'one', '-q'), '');
  assert.deepEqual(names(), ['grid-2.json']);
  await out(0, 'exp', 'remove', '--all');
  assert.deepEqual(names(), []);
});

test('save, apply and branch: what is recorded, placed and committed, and nothing else', async (t) => {
  const { out, err, json, write, read, path, git, remove } = await project(t);
  const base = git('rev-parse', 'HEAD').trim();
  await out(0, 'repro', '-q');
  for (const name of ['make.sh', 'raw.csv']) write(name, `${read(name)}# edited\n`);
  assert.match(
    await err(1, 'exp', 'save', 'base'),
    /'prep' is not as the lock file records it[^]*'train' is not as the lock file records it/,
  );
  git('checkout', '-q', 'make.sh', 'raw.csv');
  write('report.yaml', 'all: 8\n');
  // The cache has to have what the record names, also where the workspace needs none of it.
  const [, digest] = /path: metrics\.json\n.*\n +sha256: "?(\w+)/.exec(read('pipeline.lock'))!;
  const [, list] = /path: more\n.*\n +sha256: "?([\w.]+)/.exec(read('pipeline.lock'))!;
  for (const one of [digest!, list!]) remove(`cache/objects/sha256/${one.slice(0, 2)}/${one.slice(2)}`);
  assert.equal(await out(0, 'exp', 'save', 'base'), "The workspace is the experiment 'base'.\n");
  assert.equal(statSync(path('metrics.json')).nlink, 1, 'no file of the workspace is an object');
  assert.match(await err(1, 'exp', 'save', 'base'), /there is an experiment 'base' already/);
  await out(0, 'exp', 'save', 'base', '-f', '-q');
  const saved = JSON.parse(read('cache/exps/base.json')) as Record<string, unknown>;
  assert.deepEqual([saved['state'], saved['revision'], saved['dirty']], ['done', base, true]);
  assert.deepEqual(Object.keys(saved['metrics'] as object), ['metrics.json', 'more/a.yaml', 'out/s.yaml']);
  git('checkout', '-q', 'report.yaml');
  // A pipeline file is more than the values that it gives.
  write('pipeline.yaml', `${read('pipeline.yaml')}# note\n`);
  await out(0, 'exp', 'save', 'noted', '-q');
  assert.equal((JSON.parse(read('cache/exps/noted.json')) as Record<string, unknown>)['dirty'], true);
  await out(0, 'exp', 'remove', 'noted', '-q');
  git('checkout', '-q', 'pipeline.yaml');

  // A value that git has and an output that it lacks: only what git lacks is saved.
  const applied = (await json('exp', 'apply', 'grid-1')) as Record<string, unknown>;
  assert.deepEqual(applied, {
    experiment: 'grid-1',
    files: ['params.yaml'],
    outs: ['model.txt', 'metrics.json', 'more'],
    saved: [],
  });
  assert.equal(read('params.yaml'), '# rates\nlr: 10\nmodel: {depth: 2, kind: a}\n');
  assert.deepEqual(
    [read('model.txt'), read('more/a.yaml'), read('raw.csv')],
    ['model 10', 'score: 10', 'a\nb\n'],
  );
  assert.match(await out(0, 'status'), /up to date\. 2 fresh/);
  assert.match(read('pipeline.lock'), /\blr: 10\n/, 'it can be committed at once');
  write('raw.csv', 'c\n');
  write('pipeline.lock', read('pipeline.lock').replace('stages:\n', 'stages:\n  other:\n    cmd: echo\n'));
  const again = await (async () => ({
    out: await out(0, 'exp', 'apply', 'grid-2'),
    err: await err(0, 'exp', 'apply', 'grid-2'),
  }))();
  assert.match(
    again.out,
    /^saved\tparams\.yaml\t`pipe cache restore (\S+) params\.yaml\.saved` brings back what was there\nM\tparams\.yaml\nM\tmodel\.txt\nM\tmetrics\.json\nM\tmore\nThe workspace is 'grid-2' now\.\n$/,
  );
  assert.match(again.err, /'grid-2' was made at \w{7}: stages whose files differ from then run again/);
  assert.ok((statSync(path('params.yaml')).mode & 0o100) !== 0, 'what was saved keeps its mode here');
  assert.equal(read('raw.csv'), 'c\n', 'code stays');
  for (const name of ['grid-3', 'killed'])
    assert.match(await err(1, 'exp', 'apply', name), new RegExp(`'${name}' has no complete result`));
  assert.equal(read('params.yaml'), '# rates\nlr: 2\nmodel: {depth: 2, kind: a}\n');
  write('model.txt', 'mine');
  assert.match(
    await out(0, 'exp', 'apply', 'grid-2'),
    /^saved\tmodel\.txt\t.*\nM\tmodel\.txt\nThe workspace is 'grid-2' now\.\n$/,
  );
  const { saved: aside } = (await json('exp', 'apply', 'grid-1')) as { readonly saved: readonly object[] };
  assert.deepEqual(
    aside.map((one) => ({ ...one, id: typeof (one as { readonly id: unknown }).id })),
    [{ path: 'params.yaml', id: 'string' }],
  );

  // What was saved has its outputs, those too that the cache does not keep for the workspace.
  git('checkout', '-q', 'raw.csv');
  assert.match(
    await err(0, 'exp', 'apply', 'base'),
    /'base' was made at \w{7} with changes that were not committed: stages/,
  );
  assert.match(read('metrics.json'), /"acc": 1\.5/);

  // Of an experiment of an earlier commit, beside entries of other stages, with a mode that git has.
  git('checkout', '-q', '.');
  git('add', '-A');
  git('commit', '-qm', 'Second');
  process.env['BAD'] = '';
  await out(0, 'exp', 'run', 'third', '-S', 'lr=3', '-S', 'model.kind=b', '-q');
  await out(0, 'exp', 'run', 'part', '-S', 'lr=3', '-t', 'prep', '-q');
  const [other] = (await json('results', 'train', '--rev', 'part')) as [{ readonly recorded: boolean }];
  assert.equal(other.recorded, false, 'what the commit records is no result of the experiment');
  // What git has of an output is another result.
  const located = (await json('locate', 'metrics.json', '--rev', 'third')) as Readonly<
    Record<string, string>
  >;
  assert.deepEqual(
    [located['source'], /"acc": 3\.5/.test(readFileSync(located['file']!, 'utf8'))],
    ['cache', true],
  );
  write('report.yaml', 'all: 9\n');
  git('commit', '-qam', 'Third');
  const parent = git('rev-parse', 'HEAD~1').trim();
  // What git would make of a file when it is added is another one.
  git('config', 'core.autocrlf', 'input');
  assert.deepEqual(await json('exp', 'branch', 'third', 'wide'), {
    experiment: 'third',
    branch: 'wide',
    commit: git('rev-parse', 'wide').trim(),
    files: ['metrics.json', 'params.yaml', 'pipeline.lock'],
  });
  assert.equal(
    git('log', '-1', '--format=%P %B', 'wide').trim(),
    `${parent} Experiment third\n\n-S lr=3\n-S model.kind=b`,
  );
  assert.equal(git('diff', '--name-only', parent, 'wide'), 'metrics.json\nparams.yaml\npipeline.lock\n');
  assert.match(git('ls-tree', 'wide', 'params.yaml'), /^100755 /);
  assert.match(git('show', 'wide:pipeline.lock'), /lr: 3\n[^]*^ {2}other:\n/m);
  assert.match(git('show', 'wide:metrics.json'), /"acc": 3\.5.*\r\n$/);
  assert.equal(git('show', 'wide:report.yaml'), 'all: 7\n');
  assert.match(await err(1, 'exp', 'branch', 'third', 'wide'), /git has a branch 'wide' already/);
  // A tag of the name is none.
  await out(0, 'exp', 'branch', 'third', 'v1', '-q');
  assert.match(await err(0, 'exp', 'branch', 'base'), /'base' was made with changes of code that were not/);
  assert.equal(await err(0, 'exp', 'branch', 'third'), '');
  assert.ok((statSync(path('params.yaml')).mode & 0o100) !== 0);
});

test('push and pull: all that have ended, or those that are named, and the numbers of both', async (t) => {
  const { out, err, json, path, write, read, remove } = await project(t);
  await out(0, 'remote', 'add', '-d', 'shared', path('remote'));
  await out(0, 'remote', 'add', 'other', path('other'));
  await out(0, 'remote', 'add', 'third', path('third'));
  const declared = 'outs: [model.txt: {push: false}, out: {remote: third}]';
  const pipeline = read('pipeline.yaml').replace('outs: [model.txt, out]', declared);
  // The record names what is in another file, and only has the same name.
  write('pipeline.yaml', pipeline.replace('outs: [prep.txt]', 'outs: [prep.txt: {push: false}]'));
  assert.match(await err(1, 'exp', 'push', 'killed'), /'killed' has not ended: it is interrupted/);
  // What each of several lock files records is pushed.
  const record = JSON.parse(read('cache/exps/grid-1.json')) as { locks: Record<string, string[]> };
  const lines = record.locks['pipeline.lock']!;
  const second = lines.findIndex((line, at) => at > 2 && /^ {2}\w/.test(line));
  record.locks = {
    'pipeline.lock': lines.toSpliced(2, second - 2),
    'sub/pipeline.lock': lines.slice(0, second),
  };
  write('cache/exps/grid-1.json', `${JSON.stringify(record, null, 2)}\n`);
  const first = (await json('exp', 'push', 'grid-1')) as Record<string, unknown>;
  assert.deepEqual([first['remote'], first['pushed'], first['present']], ['shared', ['grid-1'], []]);
  const has = (remote: string, text: string): boolean =>
    globSync(`${remote}/objects/sha256/*/*`, { cwd: path('.') }).some((name) => read(name) === text);
  assert.deepEqual(
    ['remote', 'third'].map((remote) => ['a\nb\n', 'model 10', 'extra: 5'].map((text) => has(remote, text))),
    [
      [true, false, false],
      [false, false, true],
    ],
  );
  const pushed = (await json('exp', 'push')) as Record<string, unknown>;
  assert.deepEqual([pushed['pushed'], pushed['present']], [['grid-2', 'grid-3'], ['grid-1']]);
  assert.match(
    await out(0, 'exp', 'push', '-r', 'other', 'grid-2'),
    /^other: Pushed 1 experiment with \d objects \(\d+ B\); 0 were there already\.\n$/,
  );
  assert.deepEqual(readdirSync(path('other/exps')), ['grid-2.json']);
  remove('cache/exps/grid-2.json');
  write('cache/exps/grid-1.json', read('cache/exps/grid-1.json').replaceAll('10', '77'));
  const mine = read('cache/exps/grid-1.json');
  assert.match(await err(1, 'exp', 'pull'), /'grid-1'/);
  assert.equal(read('cache/exps/grid-1.json'), mine, 'another one of the name stays');
  assert.ok(existsSync(path('cache/exps/grid-2.json')));
  const pulled = (await json('exp', 'pull', 'grid-1', '--force')) as Record<string, unknown>;
  assert.deepEqual([pulled['fetched'], pulled['present']], [['grid-1'], []]);
  assert.match(read('cache/exps/grid-1.json'), /"lr": 10\b/);
});
