// `pipe ui export` and `pipe repro --report`: what is in the file, what is not, and which files are replaced.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { delimiter } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { testInWhole } from '../amount.ts';
import type { PageDocument } from '../../src/ui/ui.ts';
import { makeWorkspace, startPipe, type TestWorkspace } from '../workspace.ts';

const EVIL = '</script><script>alert(1)</script>';
const PIPELINE = `vars: [params.yaml]
stages:
  make:
    matrix: {lr: [0.1, 0.2], fold: [0, 1]}
    cmd: 'echo "$TOKEN"; echo "${EVIL}"; echo "{\\"loss\\": \${item.lr}}" > m_\${key}.json'
    env: {TOKEN: very-secret-value, PIN: '77'}
    resources: {cpus: 1}
    retry: 1
    metrics: ['m_\${key}.json']
  sum:
    desc: All of them
    cmd: 'cat m_*.json > sum --size \${size}'
    deps: [m_0.1-0.json, m_0.2-1.json]
    params: [size]
    outs: [sum]
`.replace(' --size ${size}', '; echo ${size} >> sum');

function project(t: TestContext): TestWorkspace {
  return makeWorkspace(t, { 'pipeline.yaml': PIPELINE, 'params.yaml': 'size: 1\n' });
}

function pageIn(html: string): PageDocument {
  const part = (id: string): string => new RegExp(`<script [^>]*id="${id}">([^<]*)</script>`).exec(html)![1]!;
  const unpacked = (id: string): unknown =>
    JSON.parse(gunzipSync(Buffer.from(part(id), 'base64')).toString());
  return {
    view: JSON.parse(part('view')) as PageDocument['view'],
    details: unpacked('details') as PageDocument['details'],
    tables: unpacked('tables') as PageDocument['tables'],
    sizes: unpacked('sizes') as PageDocument['sizes'],
    plots: unpacked('plots') as PageDocument['plots'],
  };
}

test('the page has stages, states, reasons, inputs, logs and the latest run, and no values of variables', async (t) => {
  const workspace = project(t);
  await workspace.expect(0, 'repro');
  workspace.write('params.yaml', 'size: 2\n');
  await workspace.expect(0, 'ui', 'export');
  const html = workspace.read('pipeline.html');
  const { view, details } = pageIn(html);
  assert.ok(!html.includes(EVIL));
  const whole = JSON.stringify([view, details]);
  for (const secret of ['very-secret-value', '"77"']) assert.ok(!whole.includes(secret), secret);
  assert.deepEqual(
    view.stages.map(({ name, group, state, reads }) => [name, group, state, reads]),
    [
      ['make@0.1-0', 'make', 'fresh', []],
      ['make@0.1-1', 'make', 'fresh', []],
      ['make@0.2-0', 'make', 'fresh', []],
      ['make@0.2-1', 'make', 'fresh', []],
      ['sum', null, 'stale', [0, 3]],
    ],
  );
  assert.deepEqual(view.stages[0]!.axes, { lr: 0.1, fold: 0 });
  assert.deepEqual(view.stages[0]!.metrics, { loss: 0.1 });
  assert.ok(
    view.stages[4]!.reasons.some(({ kind, old, new: now }) => kind === 'param' && old === 1 && now === 2),
  );
  assert.equal(view.run.filter(({ type }) => type === 'ran').length, 5);
  assert.equal(view.run.at(-1)!.type, 'run-end');
  assert.equal(view.running, false);
  assert.deepEqual(
    view.runs.map(({ ran, failed }) => [ran, failed]),
    [[5, 0]],
  );
  const make = details['make@0.1-0']!;
  assert.match(make.log!.text, /^•••\n<\/script>/);
  assert.deepEqual(make.env, [
    { name: 'TOKEN', changed: false },
    { name: 'PIN', changed: false },
  ]);
  const sum = details['sum']!;
  assert.deepEqual(
    sum.inputs.map(({ path, made_by }) => [path, made_by]),
    [
      ['m_0.1-0.json', ['make@0.1-0']],
      ['m_0.2-1.json', ['make@0.2-1']],
    ],
  );
  assert.match(sum.outputs[0]!.digest!, /^[0-9a-f]{64}$/);
  assert.deepEqual(sum.params, [{ file: 'params.yaml', key: 'size', value: 2, changed: true }]);
  assert.equal(sum.history.length, 1);
});

test('a variable that changed is named without its values, in the history too', async (t) => {
  const workspace = project(t);
  await workspace.expect(0, 'repro');
  workspace.write(
    'pipeline.yaml',
    PIPELINE.replace('very-secret-value', 'another-secret').replace("'77'", "'78'"),
  );
  await workspace.expect(0, 'ui', 'export', '-o', 'a.html');
  await workspace.expect(0, 'repro');
  await workspace.expect(0, 'ui', 'export', '-o', 'b.html', '--logs', 'full');
  const before = pageIn(workspace.read('a.html'));
  assert.deepEqual(
    before.view.stages[0]!.reasons.filter(({ kind }) => kind === 'env'),
    [
      { kind: 'env', key: ['PIN'], status: 'modified', text: 'env: PIN changed' },
      { kind: 'env', key: ['TOKEN'], status: 'modified', text: 'env: TOKEN changed' },
    ],
  );
  const after = JSON.stringify(pageIn(workspace.read('b.html')));
  for (const page of [JSON.stringify(before), after])
    for (const secret of ['very-secret-value', 'another-secret', '77 →', '→ 78'])
      assert.ok(!page.includes(secret), secret);
});

test('--report writes the page of a run that failed, and the run keeps its exit code', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `stages:
  a: {cmd: 'echo about to fail; exit 3', outs: [a]}
  b: {cmd: cat a > b, deps: [a], outs: [b]}
`,
  });
  await workspace.expect(1, 'repro', '--report', 'out/run.html');
  const { view, details } = pageIn(workspace.read('out/run.html'));
  assert.deepEqual(
    view.run.flatMap((event) => (event.type === 'failed' ? [[event.stage, event.problem]] : [])),
    [['a', 'exit code 3']],
  );
  assert.equal(view.stages[0]!.last!.what, 'failed');
  assert.equal(details['a']!.log!.text, 'about to fail\n');
  // Nothing to do is reported as well, and never by the fast answer.
  workspace.write('pipeline.yaml', 'stages:\n  a: {cmd: echo 1 > a, outs: [a]}\n');
  await workspace.expect(0, 'repro', '--report', 'out/run.html');
  await workspace.expect(0, 'repro', '--report', 'out/run.html');
  workspace.remove('out');
  await workspace.expect(0, 'repro', '--report', 'out/run.html');
  assert.equal(pageIn(workspace.read('out/run.html')).view.stages[0]!.state, 'fresh');
});

test('a file that is not a page of ours stays, and no run is begun for it', async (t) => {
  const workspace = project(t);
  const mine = '<!doctype html><meta charset="utf-8"><meta name="generator" content="me">mine';
  workspace.write('mine.html', mine);
  const { stderr } = await workspace.expect(1, 'repro', '--report', 'mine.html');
  assert.match(stderr, /mine\.html exists, and is not a page of pipe/);
  await workspace.expect(1, 'ui', 'export', '--out', 'mine.html');
  mkdirSync(workspace.path('folder.html'));
  const folder = await workspace.expect(1, 'ui', 'export', '--out', 'folder.html');
  assert.match(folder.stderr, /folder\.html exists, and is not a page of pipe/);
  assert.equal(workspace.read('mine.html'), mine);
  assert.equal((await workspace.pipe('history')).stdout, 'No runs yet.\n');
});

testInWhole('--logs: none, the tail, everything', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `stages:\n  a: {cmd: 'seq 1 20000; echo a > a', outs: [a]}\n`,
  });
  await workspace.expect(0, 'repro');
  const log = async (part: string) => {
    await workspace.expect(0, 'ui', 'export', '--logs', part);
    return pageIn(workspace.read('pipeline.html')).details['a']!.log;
  };
  assert.equal(await log('none'), null);
  const tail = (await log('tail'))!;
  assert.ok(tail.from > 0 && tail.text.length <= 16 << 10);
  assert.match(tail.text, /^\d+\n[^]*\n20000\n$/);
  const full = (await log('full'))!;
  assert.deepEqual([full.from, full.text.split('\n').length], [0, 20_001]);
});

testInWhole(
  'tables: axes, parameters and metrics of a group, other stages with metrics, experiments beside the workspace',
  async (t) => {
    const workspace = makeWorkspace(t, {
      'pipeline.yaml': `vars: [params.yaml]
stages:
  train:
    matrix: {lr: [0.1, 0.2], fold: [0, 1]}
    cmd: 'echo "{\\"loss\\": \${item.lr}, \\"of\\": {\\"note\\": \\"secret-value\\"}}" > m_\${key}.json'
    params: [model, size]
    metrics: ['m_\${key}.json']
  score: {cmd: 'echo "loss: \${size}" > score.yaml', metrics: [score.yaml], env: {KEY: secret-value}}
`,
      'params.yaml': 'size: 1\nmodel: {depth: 3, kind: secret-value}\n',
    });
    await workspace.expect(0, 'repro', '-q');
    await workspace.expect(0, 'exp', 'run', 'large', '-S', 'size=7', '-t', 'score');
    await workspace.expect(0, 'ui', 'export');
    const { tables } = pageIn(workspace.read('pipeline.html'));
    assert.ok(!JSON.stringify(tables).includes('secret-value'));
    assert.deepEqual(
      tables.map(({ kind, name, rows }) => [kind, name, rows.map((row) => row.name)]),
      [
        ['group', 'train', ['train@0.1-0', 'train@0.1-1', 'train@0.2-0', 'train@0.2-1']],
        ['stages', 'stages', ['score']],
        ['experiments', 'experiments', ['workspace', 'large']],
      ],
    );
    assert.deepEqual(tables[0]!.columns, [
      { kind: 'axis', label: 'lr', values: [0.1, 0.1, 0.2, 0.2] },
      { kind: 'axis', label: 'fold', values: [0, 1, 0, 1] },
      { kind: 'param', label: 'model.depth', file: 'params.yaml', values: [3] },
      { kind: 'param', label: 'model.kind', file: 'params.yaml', values: ['•••'] },
      { kind: 'param', label: 'size', file: 'params.yaml', values: [1] },
      { kind: 'metric', label: 'loss', values: [0.1, 0.1, 0.2, 0.2] },
      { kind: 'metric', label: 'of.note', values: ['•••'] },
    ]);
    const experiments = tables[2]!;
    assert.equal(experiments.rows[1]!.state, 'done');
    const column = (label: string): unknown => experiments.columns.find((one) => one.label === label)?.values;
    assert.deepEqual(column('size'), [1, 7]);
    assert.deepEqual(column('score.yaml:loss') ?? column('loss'), [1, 7]);
  },
);

test('sizes: what `pipe du` says of every output, the largest first', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `stages:
  small: {cmd: printf x > small, outs: [small]}
  folder: {cmd: 'mkdir d && printf 12345 > d/a && printf 12345 > d/b', outs: [d]}
  metric: {cmd: 'echo "{}" > m.json', metrics: [m.json: {cache: false}]}
  never: {cmd: printf x > never, outs: [never]}
`,
  });
  await workspace.expect(0, 'repro', '-q', 'small', 'folder', 'metric');
  const { sizes } = JSON.parse((await workspace.expect(0, 'ui', 'export', '--json')).stdout) as PageDocument;
  assert.deepEqual(sizes, [
    { path: 'd', stage: 'folder', bytes: 10, files: 2 },
    { path: 'm.json', stage: 'metric', bytes: 3, uncached: true },
    { path: 'small', stage: 'small', bytes: 1 },
  ]);
});

testInWhole('the page of other parameters and of another lock file', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'vars: [p.yaml]\nstages:\n  a: {cmd: "echo ${n} > a", outs: [a]}\n',
    'p.yaml': 'n: 1\n',
    'q.yaml': 'n: 3\n',
  });
  await workspace.repro();
  const shown = async (...args: readonly string[]): Promise<readonly unknown[]> => {
    const { stdout } = await workspace.expect(0, 'ui', 'export', '--json', ...args);
    const { view, details } = JSON.parse(stdout) as PageDocument;
    return [view.stages[0]!.state, details['a']!.cmd];
  };
  assert.deepEqual(await shown(), ['fresh', ['echo 1 > a']]);
  assert.deepEqual(await shown('-S', 'n=7'), ['stale', ['echo 7 > a']]);
  assert.deepEqual(await shown('--params', 'q.yaml'), ['stale', ['echo 3 > a']]);
  assert.deepEqual(await shown('--lock', 'other.lock'), ['stale', ['echo 1 > a']]);
});

test('the browser is given a private file, in place of an address that others would see with its token', async (t) => {
  const workspace = project(t);
  mkdirSync(workspace.path('tmp'));
  for (const name of ['xdg-open', 'open'])
    workspace.write(`bin/${name}`, '#!/bin/sh\n(echo "$*"; ls -l "$1" | cut -c1-10; cat "$1") > asked\n');
  const serving = startPipe(workspace.root, ['ui', '--open'], {
    PATH: `${workspace.path('bin')}${delimiter}${process.env['PATH']}`,
    TMPDIR: workspace.path('tmp'),
  });
  let printed = '';
  serving.stdout!.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    // The browser is opened before the signal is looked at.
    if (printed.includes('Ctrl-C ends.')) serving.kill('SIGTERM');
  });
  assert.deepEqual((await once(serving, 'close'))[0], 143);
  const [url] = printed.split('\n');
  const [args, mode, html] = workspace.read('asked').split('\n');
  assert.match(url!, /^http:\/\/127\.0\.0\.1:\d+\/#token=\S{32}$/);
  assert.ok(args!.startsWith(workspace.path('tmp/pipe-ui-')) && !args!.includes(' '), args);
  assert.equal(mode, '-rw-------');
  assert.ok(html!.includes(`url=${url}"`), html);
  assert.ok(readdirSync(workspace.path('tmp')).every((name) => !name.startsWith('pipe-')));
});
