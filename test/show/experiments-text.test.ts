// The table of experiments keeps to the width of the terminal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf, type ExperimentRecord } from '../../src/experiment/experiment.ts';
import type { Value } from '../../src/base/base.ts';
import { experimentsText, textWidth } from '../../src/show/show.ts';

const REVISION = 'a'.repeat(40);

function table(width: number, names: readonly string[], count: number): string {
  const records = names.map((name, index) => {
    const params = new Map([['params.yaml', new Map(keys('p', count).map((key) => [key, index]))]]);
    const metrics = new Map([['m.json', new Map(keys('精度', count).map((key) => [key, index / 4]))]]);
    return { name, params, metrics, revision: REVISION, stages: new Map() } as unknown as ExperimentRecord;
  });
  const commits = new Map([
    [REVISION, { short: 'aaaaaaa', subject: 'A long subject '.repeat(9), names: ['main'] }],
  ]);
  return experimentsText(
    records.map((record, index) => ({ record, state: index === 0 ? 'failed' : 'done' })),
    { columns: columnsOf(records), commits, width, colour: false },
  );
}

const keys = (name: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${name}${index}`);

test('no line is longer than the terminal, and what does not fit is counted', () => {
  for (const width of [20, 40, 80, 200])
    for (const names of [
      ['a', 'b'],
      ['a name of an experiment '.repeat(9).trim(), '実験'.repeat(30)],
    ]) {
      const text = table(width, names, 300);
      for (const line of text.split('\n')) assert.ok(textWidth(line) <= width, `${width}: ${line}`);
      assert.match(text, /\d+ more/);
    }
});

test('parameters and metrics are shown in turns, in their order', () => {
  assert.equal(
    table(40, ['one', 'two'], 5),
    `experiment  state   p0  p1  精度0  精度1
main  aaaaaaa  A long subject A long su…
├─ one      failed   0   0      0      0
└─ two      done     1   1   0.25   0.25
6 more columns (--only or --drop choose…
`,
  );
  assert.match(table(400, ['one', 'two'], 2), /^experiment  state   p0  p1  精度0  精度1\n/);
  assert.doesNotMatch(table(400, ['one', 'two'], 2), /more/);
});

test('numbers have five digits, and as many as they need where these are fewer', () => {
  const values = new Map([['m.json', new Map<string, Value>([['third', 1 / 3], ['small', 1.5e-7], ['whole', 2], ['count', 123456n], ['list', [1n, 'a']], ['none', NaN]])]]); // prettier-ignore
  const record = {
    name: 'one',
    params: values,
    metrics: new Map(),
    stages: new Map(),
  } as unknown as ExperimentRecord;
  assert.equal(
    experimentsText([{ record, state: 'done' }], {
      columns: columnsOf([record]),
      commits: new Map(),
      width: 100,
      colour: false,
    }),
    'experiment    third    small  whole   count  list     none\n└─ one      0.33333  1.5e-07      2  123456  [1,"a"]   nan\n',
  );
});
