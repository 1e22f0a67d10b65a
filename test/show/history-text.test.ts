import assert from 'node:assert/strict';
import test from 'node:test';
import type { HistoryEntry } from '../../src/run/run.ts';
import { historyText } from '../../src/show/show.ts';
import { address } from './stages.ts';

const entry = (
  run: string,
  stage: string,
  time: string,
  seconds: number,
  why: string,
  what: HistoryEntry['what'] = 'ran',
): HistoryEntry => ({ run, stage: address(stage), time: `2026-11-24T${time}.000Z`, what, seconds, why });

const entries = [
  entry('one', 'prep', '09:00:10', 10, 'new'),
  entry('one', 'train@1', '09:01:10', 60, 'new'),
  entry('one', 'train@2', '09:01:20', 70, 'new'),
  entry('one', 'report', '09:01:22', 2, 'new', 'failed'),
  entry('two', 'sub/pipeline.yaml:train@a', '23:59:59', 0.4, 'cmd: --epochs 50 → 40', 'restored'),
];

test('runs with what they did, members of a group folded', () => {
  assert.equal(
    historyText(entries, { colour: false, verbose: false, zone: 'UTC' }),
    `2026-11-24 09:00  1 min 22 s  3 ran, 1 failed
  ran      prep            10 s  new
  ran      train ×2  2 min 10 s  new
  failed   report         2.0 s  new

2026-11-24 23:59  0.4 s  1 restored
  restored sub/pipeline.yaml:train@a  0.4 s  cmd: --epochs 50 → 40
`,
  );
});

test('members of a group that differ in why, or in what was done, are rows of their own', () => {
  const different = [
    entry('one', 'train@1', '09:00:10', 10, 'new'),
    entry('one', 'train@2', '09:00:20', 25, 'params: lr 0.1 → 0.2'),
    entry('one', 'train@3', '09:00:20', 0, 'new', 'restored'),
    entry('one', 'sub/pipeline.yaml:train@4', '09:00:20', 5, 'new'),
  ];
  assert.equal(
    historyText(different, { colour: false, verbose: false, zone: 'UTC' }),
    `2026-11-24 08:59  25 s  3 ran, 1 restored
  ran      train@1                     10 s  new
  ran      train@2                     25 s  params: lr 0.1 → 0.2
  restored train@3                     0 ms  new
  ran      sub/pipeline.yaml:train@4  5.0 s  new
`,
  );
});

test('where a single stage ran as a job, and its memory; not of several', () => {
  const job = { id: '12', node: 'n3', memory: 3e6 };
  const jobs = [
    { ...entry('one', 'prep', '09:00:10', 10, 'new'), job },
    { ...entry('one', 'split', '09:00:10', 10, 'new'), job: { id: '13' } },
    { ...entry('one', 'train@1', '09:00:20', 10, 'new'), job },
    { ...entry('one', 'train@2', '09:00:20', 10, 'new'), job },
  ];
  assert.equal(
    historyText(jobs, { colour: false, verbose: false, zone: 'UTC' }),
    `2026-11-24 09:00  20 s  4 ran
  ran      prep      10 s  new  (job 12 on n3, 3.0 MB)
  ran      split     10 s  new  (job 13)
  ran      train ×2  20 s  new
`,
  );
});

test('verbose names every stage', () => {
  const text = historyText(entries.slice(1, 3), { colour: false, verbose: true, zone: 'UTC' });
  assert.equal(
    text,
    `2026-11-24 09:00  1 min 10 s  2 ran
  ran      train@1  1 min 00 s  new
  ran      train@2  1 min 10 s  new
`,
  );
});

test('no runs', () => {
  assert.equal(historyText([], { colour: false, verbose: false }), 'No runs yet.\n');
});
