// What the page shows of a project that is written by hand: numbers in which a wrong one of two would be seen.
import { exportedHtml, type PageDocument } from '../../src/ui/ui.ts';
import { testInWhole } from '../amount.ts';
import { assertRecorded } from '../recorded.ts';
import { openPage } from './browser.ts';
import { detail, fresh, NOW, stage, view } from './hand-made.ts';

const changed = {
  kind: 'dep',
  text: 'dep changed: in',
  path: 'in',
  status: 'modified',
  old: 'a'.repeat(12),
  new: 'b'.repeat(12),
};
const blocked = { state: 'blocked', decision: 'blocked', reasons: [] } as const;
const ran = (seconds: number) => ({ what: 'ran', time: NOW - 500_000, seconds }) as const;

const STAGES = [
  stage('first', {
    reasons: [
      { ...changed, files: Array.from({ length: 22 }, (_, n) => ({ path: `in/${n}`, status: 'added' })) },
      { kind: 'cmd', text: 'cmd changed', old: ['make a', 'make b'], new: ['make a', 'make c'] },
      {
        kind: 'param',
        text: 'param removed: lr of p.yaml',
        key: ['p.yaml', 'lr'],
        status: 'removed',
        old: 1,
      },
    ],
    last: ran(9),
  }),
  stage('second', { last: null }),
  ...['a', 'b', 'c', 'd'].map((key, index) =>
    stage(`fit@${key}`, {
      group: 'fit',
      axes: { net: key },
      reads: [0],
      ...(index < 2 ? { reasons: [changed] } : fresh),
      metrics: { loss: index === 3 ? 0.1234567 : 100 - 10 * index, acc: 0 },
      last: index === 2 ? null : ran(10 ** index),
    }),
  ),
  stage('sum', { ...blocked, reads: [1, 2, 3, 4, 5], waits_for: ['second', 'first', 'fit@a'] }),
  stage('end', { ...blocked, reads: [6], waits_for: ['sum'] }),
];

const paths = [
  {
    path: 'all',
    digest: '0123456789abcdef',
    size: 0,
    changed: false,
    made_by: ['a', 'b', 'c', 'd', 'e'],
    metric: true,
  },
  { path: 'curve', digest: 'fedcba9876543210', size: 5, files: 2, changed: true, plot: true },
  { path: 'gone', changed: false },
];
const past = (what: string, seconds: number, more: object = {}): object => ({
  run: 'r',
  what,
  time: NOW - 1000 * seconds,
  seconds,
  why: 'new',
  ...more,
});

const DETAILS = {
  first: detail('first', {
    inputs: paths,
    outputs: paths,
    params: [0, false, '', null, 0.123456789, -12345678.9, undefined].map((value, index) => ({
      file: 'p.yaml',
      key: `key${index}`,
      value,
      changed: index === 1,
    })),
    env: [
      { name: 'ONE', changed: false },
      { name: 'TWO', changed: true },
    ],
    resources: { cpus: 2, memory: 1e6 },
    timeout: 3600,
    history: [past('restored', 3), past('ran', 20, { used: { cpu: 60, memory: 2e6 } }), past('ran', 50)],
  }),
  second: detail('second', { history: [past('ran', 50, { job: { id: '7', memory: 5e6 } })] }),
};

const RUN = [
  { type: 'run-start', run: 'r', time: NOW - 10_000_000, stages: 3, jobs: 2 },
  { type: 'start', time: NOW - 9_000_000, stage: 'first', attempt: 1 },
  { type: 'start', time: NOW - 8_000_000, stage: 'second', attempt: 1 },
  { type: 'failed', time: NOW - 6_000_000, stage: 'first', seconds: 3000, problem: 'exit code 1' },
  { type: 'run-end', time: NOW - 2_000_000, seconds: 8000, counts: {} },
];

const numbers = [0.00012, 0.00034, 0.5, 0.00056, 0.9];
const TABLE = {
  kind: 'experiments',
  name: 'experiments',
  rows: ['workspace', 'one', 'two', 'three', 'four'].map((name, index) => ({
    name,
    ...(index > 0 && { state: ['running', 'done', 'failed', 'interrupted'][index - 1] }),
  })),
  columns: [
    { kind: 'metric', label: 'loss', values: numbers },
    { kind: 'metric', label: 'score', values: [9, 8, 3, 5, 1] },
    { kind: 'param', label: 'lr', values: [1, 2, 5, 3, 10] },
    { kind: 'param', label: 'same', values: [7] },
  ],
};

testInWhole('everything that a project of few stages has', async () => {
  const document = {
    view: view({ stages: STAGES, run: RUN }),
    details: DETAILS,
    tables: [TABLE],
    sizes: [],
    plots: { revisions: [], plots: [] },
  };
  const page = await openPage(exportedHtml(document as unknown as PageDocument), NOW);
  await page.whole();
  let shown = '';
  for (const address of [
    '#/graph?at=fit',
    '#/graph?open=fit&at=fit@b&metric=loss',
    '#/stage/first',
    '#/stage/second',
    '#/stage/sum',
    '#/stage/end',
    '#/timeline',
    '#/table/:experiments?pick=three,one,workspace',
    '#/table/:experiments?cols=loss&chart=importance&of=score',
    '#/table/:experiments?chart=scatter',
  ])
    shown += `${address}\n${await page.show(address)}\n`;
  await page.act('click', 'three');
  assertRecorded(import.meta.dirname, 'more.txt', `${shown}${page.address()}\n`);
});
