import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { isWhole } from '../amount.ts';
import { dagText, textWidth, type DagView } from '../../src/show/show.ts';

function viewOf(edges: string, more: { count?: Record<string, number>; alone?: string[] } = {}): DagView {
  const pairs = edges
    .split(',')
    .filter((pair) => pair.trim() !== '')
    .map((pair) => pair.trim().split(' > ') as [string, string]);
  const ids = [...new Set([...pairs.flat(), ...(more.alone ?? [])])];
  return {
    nodes: ids.map((id) => ({ id, label: id, ...(more.count?.[id] && { count: more.count[id] }) })),
    edges: pairs,
  };
}

const drawn = (text: string): string => text.replace(/^\n/, '');

test('a diamond; the edge that follows from others is counted, not drawn', () => {
  assert.equal(
    dagText(viewOf('prep > left, prep > right, left > join, right > join, prep > join'), { width: 80 }),
    drawn(`
      ┌──────┐
      │ prep │
      └───┬──┘
    ╭─────┴────╮
    ▼          ▼
┌──────┐   ┌───────┐
│ left │   │ right │
└───┬──┘   └───┬───┘
    ╰────╮ ╭───╯
         ▼ ▼
      ┌──────┐
      │ join │
      └──────┘

not drawn: 1 edge that follows from others
`),
  );
});

test('every edge is drawn on request, passing boxes that it has nothing to do with', () => {
  assert.equal(dagText(viewOf('a > b, b > c, a > c'), { width: 80, all: true }), drawn(ALL_EDGES));
});

test('the pipeline of the experiment, its groups folded', () => {
  const view = viewOf(
    'download@train > noise, download@train > split, noise > train, split > train, download@train > train, ' +
      'train > select, select > retrain, noise > retrain, download@test > noise_test, select > noise_test, ' +
      'retrain > evaluate, noise_test > evaluate, noise_test > baseline, evaluate > report, baseline > report',
    { count: { noise: 3, train: 90, retrain: 3, noise_test: 3, evaluate: 3, baseline: 3 } },
  );
  assert.equal(dagText(view, { width: 80 }), drawn(EXPERIMENT));
});

test('parts that are not connected stand side by side as long as there is room', () => {
  const view = viewOf('a > b', { alone: ['lonely', 'more'] });
  assert.equal(
    dagText(view, { width: 80 }),
    drawn(`
┌───┐   ┌────────┐   ┌──────┐
│ a │   │ lonely │   │ more │
└─┬─┘   └────────┘   └──────┘
  ▼
┌───┐
│ b │
└───┘
`),
  );
});

test('a folder that all names begin with is told once', () => {
  assert.equal(
    dagText(viewOf('out/data/x.csv > out/model'), { width: 80 }),
    drawn(`
in out/

┌────────────┐
│ data/x.csv │
└──────┬─────┘
       ▼
   ┌───────┐
   │ model │
   └───────┘
`),
  );
});

test('wide characters keep the boxes square', () => {
  assert.equal(
    dagText(viewOf('データ > é'), { width: 80 }),
    drawn(`
┌────────┐
│ データ │
└────┬───┘
     ▼
   ┌───┐
   │ é │
   └───┘
`),
  );
});

test('states are painted, on request', () => {
  const view: DagView = { nodes: [{ id: 'a', label: 'a', state: 'stale' }], edges: [] };
  assert.equal(dagText(view, { width: 80, colour: true }), '┌───┐\n│ \u001b[33ma\u001b[39m │\n└───┘\n');
});

test('what is too wide to draw becomes a list, its long lines wrapped', () => {
  const members = Array.from({ length: 30 }, (_, index) => `train@${index}`);
  const view = viewOf(
    [
      'prep > aux',
      ...members.flatMap((member) => [`prep > ${member}`, `${member} > select`]),
      'aux > select',
    ].join(', '),
  );
  const lines = dagText(view, { width: 40 }).trimEnd().split('\n');
  assert.deepEqual(lines.slice(0, 4), ['prep', '  aux  ← prep', '  train@0  ← prep', '  train@1  ← prep']);
  assert.deepEqual(lines.slice(-2), ['  train@29  ← prep', '    select  ← train@… ×30, aux']);
  assert.equal(lines.length, 33);
});

test('a chain of a thousand stages is drawn, and listed when there is no room for a box', () => {
  const ids = Array.from({ length: 1000 }, (_, index) => `s${index}`);
  const view: DagView = {
    nodes: ids.map((id) => ({ id, label: id })),
    edges: ids.slice(1).map((id, index) => [ids[index]!, id]),
  };
  assert.equal(dagText(view, { width: 80 }).split('\n').length, 4000);
  assert.match(dagText(view, { width: 7 }), /^ +s999 /m);
});

test('any graph is drawn within the width, each box once, each of its lines ending in it', () => {
  const graphs = fc.integer({ min: 1, max: 14 }).chain((size) =>
    fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 30 }).map((pairs): DagView => {
      const edges = new Map(
        pairs.filter(([a, b]) => a < b).map(([a, b]) => [`${a}-${b}`, [`n${a}`, `n${b}`] as const]),
      );
      const nodes = Array.from({ length: size }, (_, index) => ({ id: `n${index}`, label: `n${index}` }));
      return { nodes, edges: [...edges.values()] };
    }),
  );
  fc.assert(
    fc.property(graphs, fc.integer({ min: 20, max: 200 }), (view, width) => {
      const text = dagText(view, { width, all: true });
      const lines = text.split('\n');
      if (text.includes('┌')) for (const line of lines) assert.ok(textWidth(line) <= width, text);
      for (const { id } of view.nodes) assert.match(text, new RegExp(`(^|[ │])${id}( |$)`, 'm'));
      if (!text.includes('←')) {
        assert.equal(text.split('▼').length - 1, view.edges.length, text);
        const tops = lines.join('\n').match(/[╵╷╴╶]/g);
        assert.equal(tops, null, text);
      }
    }),
    { numRuns: 400, seed: 1 },
  );
});

const ALL_EDGES = `
     ┌───┐
     │ a │
     └─┬─┘
  ╭────┤
  ▼    │
┌───┐  │
│ b │  │
└─┬─┘  │
  ╰──╮ │
     ▼ ▼
   ┌──────┐
   │  c   │
   └──────┘
`;

const EXPERIMENT = `
     ┌────────────────┐
     │ download@train │
     └────────┬───────┘
       ╭──────┴─────╮
       ▼            ▼
 ┌──────────┐   ┌───────┐
 │ noise ×3 │   │ split │
 └─────┬────┘   └───┬───┘
       ╰────╮ ╭─────╯
            ▼ ▼
       ┌───────────┐
       │ train ×90 │
       └─────┬─────┘
             ▼
         ┌────────┐   ┌───────────────┐
         │ select │   │ download@test │
         └────┬───┘   └───────┬───────┘
       ╭──────┴─────────╮     │
       ▼                ▼     ▼
┌────────────┐   ┌───────────────┐
│ retrain ×3 │   │ noise_test ×3 │
└──────┬─────┘   └───────┬───────┘
       │      ╭──────────┤
       ▼      ▼          ▼
      ┌─────────────┐   ┌─────────────┐
      │ evaluate ×3 │   │ baseline ×3 │
      └──────┬──────┘   └──────┬──────┘
             ╰───────╮ ╭───────╯
                     ▼ ▼
                 ┌────────┐
                 │ report │
                 └────────┘

not drawn: 2 edges that follow from others
`;

/** More than a recursion, or the arguments of a call, can hold. */
const [CHAIN, PARENTS] = isWhole ? [50_000, 200_000] : [12_000, 130_000];

test(`a chain of ${CHAIN} boxes is drawn, and so is a box with ${PARENTS} parents as a list`, () => {
  const nodes = Array.from({ length: CHAIN }, (_, at) => ({ id: `${at}`, label: `${at}` }));
  const edges = nodes.slice(1).map(({ id }, at) => [`${at}`, id] as [string, string]);
  const lines = dagText({ nodes, edges }, { width: 80 }).split('\n');
  assert.equal(lines.filter((line) => line.includes('│') && /\d/.test(line)).length, CHAIN);

  const many = Array.from({ length: PARENTS }, (_, at) => ({ id: `${at}`, label: `${at}` }));
  const wide = {
    nodes: [...many, { id: 'join', label: 'join' }],
    edges: many.map(({ id }) => [id, 'join'] as [string, string]),
  };
  assert.match(dagText(wide, { width: 80 }), /join/);
});
