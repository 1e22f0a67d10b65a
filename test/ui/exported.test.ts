// What an exported page has of the experiments.
import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { writeRecord, type ExperimentRecord } from '../../src/experiment/experiment.ts';
import { exportedRevisions, hasPlots, onlyOf, pageDocument } from '../../src/ui/ui.ts';
import { BLANK_RECORD } from '../blank-record.ts';
import { makeHere } from '../cli/here.ts';
import { makeSpace } from '../hash/space.ts';

test('plots of the workspace and of the six newest experiments that went well', (t) => {
  const folder = makeSpace(t).path('experiments');
  const record = (at: number, state: ExperimentRecord['state']): ExperimentRecord => ({
    ...BLANK_RECORD,
    name: `e${at}`,
    state,
    started: `2026-01-01T00:00:0${at}.000Z`,
  });
  for (const at of [3, 1, 2, 0, 4, 5, 6, 7, 8]) writeRecord(folder, record(at, at === 5 ? 'failed' : 'done'));
  const loaded = { folders: { experiments: folder } } as Parameters<typeof exportedRevisions>[0];
  assert.deepEqual(exportedRevisions(loaded), ['workspace', 'e2', 'e3', 'e4', 'e6', 'e7', 'e8']);
});

test('there are plots where any pipeline file or any stage declares one', () => {
  const has = (reports: readonly object[], ...outs: readonly object[]): boolean =>
    hasPlots({ project: { reports, stages: [{ outs: [] }, { outs }] } } as never);
  const [none, plot] = [{ plot: false }, { plot: {} }];
  assert.deepEqual(
    [has([]), has([{}, { plots: null }], none), has([{}, { plots: ['a.csv'] }]), has([], none, plot)],
    [false, false, true, true],
  );
});

test('of the plots of an exported page, only the points, pictures and problems of the chosen revisions are shown', () => {
  const rows = (...revs: readonly string[]): object[] => revs.map((rev) => ({ rev }));
  const view = (revs: readonly string[], problems: readonly string[], images: readonly string[]): object => ({
    revisions: ['workspace', 'a', 'b'],
    plots: [
      {
        spec: { layer: [{ data: { values: [...rows(...revs), { x: 1 }] } }] },
        problems,
        images: images.map((revision) => ({ revision })),
      },
    ],
  });
  const whole = view(
    ['workspace', 'a', 'b', 'of the template'],
    ['a: lost', 'b: damaged', 'unknown field'],
    ['a', 'b'],
  ) as Parameters<typeof onlyOf>[0];
  assert.equal(onlyOf(whole, whole.revisions), whole);
  assert.deepEqual(
    onlyOf(whole, ['b', 'workspace']),
    view(['workspace', 'b', 'of the template'], ['b: damaged', 'unknown field'], ['b']),
  );
});

test('stages of a folder: their groups, what changed of them, and no value of a variable in any table', async (t) => {
  const here = makeHere(t, {
    'pipeline.yaml': `stages:
  make: {wdir: sub, cmd: 'echo 1 > in; echo gemäß', outs: [in]}
  use: {wdir: sub, cmd: 'cat in > o && cat in > p', deps: [in], outs: [o, p]}
  look: {wdir: sub, cmd: 'echo q > q', deps: [linked], outs: [q]}
`,
    'sub/pipeline.yaml': `stages:
  g: {matrix: {k: [1, 2]}, cmd: "echo {} > m\${item.k}.json", params: [note], env: {TOKEN: secret-value}, metrics: ["m\${item.k}.json"]}
plots: [l.csv: {title: secret-value}]
`,
    'sub/linked/own': 'own',
    'sub/elsewhere': 'at first',
    'sub/l.csv': 'a,b\n1,secret-value\n',
    'sub/params.yaml': 'note: {of: secret-value, is: 1}\n',
  });
  symlinkSync('../elsewhere', here.path('sub/linked/link'));
  await here.out(0, 'repro', '-q');
  await here.out(0, 'exp', 'save', 'kept', '-q');
  here.write('sub/p', 'changed');
  here.write('sub/in', 'changed');
  // Of a folder only what a link in it leads to.
  here.write('sub/elsewhere', 'changed');
  const folder = process.cwd();
  t.after(() => process.chdir(folder));
  process.chdir(here.root);
  const document = await pageDocument({}, { logs: 'tail', plots: true });
  assert.deepEqual(
    document.plots.plots.map(({ name }) => name),
    ['sub/l.csv'],
  );
  assert.doesNotMatch(JSON.stringify(document), /secret-value/);
  assert.match(JSON.stringify(document.tables), /•••/);
  const { view, details, tables } = document;
  assert.deepEqual(
    view.stages.map(({ name, group }) => [name, group]),
    [
      ['make', null],
      ['use', null],
      ['look', null],
      ['sub/pipeline.yaml:g@1', 'sub/pipeline.yaml:g'],
      ['sub/pipeline.yaml:g@2', 'sub/pipeline.yaml:g'],
    ],
  );
  assert.equal(details['sub/pipeline.yaml:g@1']!.history.length, 1);
  assert.equal(details['make']!.log!.text, 'gemäß\n');
  const { inputs, outputs } = details['use']!;
  assert.deepEqual(
    inputs.map(({ path, made_by }) => [path, made_by]),
    [['sub/in', ['make']]],
  );
  assert.deepEqual(
    details['look']!.inputs.map(({ path, changed }) => [path, changed]),
    [['sub/linked', true]],
  );
  assert.deepEqual(
    outputs.map(({ path, changed }) => [path, changed]),
    [
      ['sub/o', false],
      ['sub/p', true],
    ],
  );
  assert.deepEqual(
    tables.map(({ name, rows }) => [name, rows.length]),
    [
      ['experiments', 2],
      ['sub/pipeline.yaml:g', 2],
    ],
  );
});
