import assert from 'node:assert/strict';
import test from 'node:test';
import { dagDot, dagJson, dagMermaid, dagView } from '../../src/show/show.ts';
import { at, graphOf, makeStage } from './stages.ts';

const graph = graphOf([
  makeStage('prep', { outs: ['a.txt', 'q b.txt'] }),
  makeStage('train@1', { deps: ['a.txt'], outs: ['m1'] }),
  makeStage('train@2', { deps: ['a.txt'], outs: ['m2'] }),
  makeStage('eval', { deps: ['m1', 'm2', 'q b.txt'], outs: ['r.json'] }),
  makeStage('alone', { outs: ['z'] }),
  makeStage('nothing'),
]);

test('members of a group are one box with a count, unless all are asked for', () => {
  const folded = dagView(graph, { expand: false, outs: false });
  assert.deepEqual(folded.nodes[1], { id: 'train', label: 'train', count: 2 });
  assert.deepEqual(folded.edges, [
    ['prep', 'train'],
    ['prep', 'eval'],
    ['train', 'eval'],
  ]);
  const expanded = dagView(graph, { expand: true, outs: false });
  assert.deepEqual(
    expanded.nodes.map(({ id }) => id),
    ['prep', 'train@1', 'train@2', 'eval', 'alone', 'nothing'],
  );
});

test('a target shows itself and what it depends on; with full everything connected', () => {
  const targets = [graph.stages[1]!];
  const ids = (full: boolean): string[] =>
    dagView(graph, { expand: true, outs: false, targets, full }).nodes.map(({ id }) => id);
  assert.deepEqual(ids(false), ['prep', 'train@1']);
  assert.deepEqual(ids(true), ['prep', 'train@1', 'train@2', 'eval']);
});

test('a group of which one member is shown has that name', () => {
  const view = dagView(graph, { expand: false, outs: false, targets: [graph.stages[1]!] });
  assert.deepEqual(view.nodes[1], { id: 'train@1', label: 'train@1' });
});

test('groups that feed each other both ways stay apart, what follows them does not', () => {
  const zigzag = graphOf([
    makeStage('a@1', { outs: ['a1'] }),
    makeStage('b@1', { deps: ['a1'], outs: ['b1'] }),
    makeStage('a@2', { deps: ['b1'], outs: ['a2'] }),
    makeStage('b@2', { deps: ['a2'], outs: ['b2'] }),
    makeStage('c@1', { deps: ['b2'], outs: ['c1'] }),
    makeStage('c@2', { deps: ['b2'], outs: ['c2'] }),
  ]);
  const { nodes, edges } = dagView(zigzag, { expand: false, outs: false });
  assert.deepEqual(
    nodes.map(({ id, count }) => [id, count]),
    [
      ['a@1', undefined],
      ['b@1', undefined],
      ['a@2', undefined],
      ['b@2', undefined],
      ['c', 2],
    ],
  );
  assert.deepEqual(edges.at(-1), ['b@2', 'c']);
});

test('the state of a box is that of its most pressing member', () => {
  const view = dagView(graph, {
    expand: false,
    outs: false,
    state: (stage) => (stage.name === 'train@2' ? 'stale' : stage.name === 'eval' ? 'blocked' : 'fresh'),
  });
  assert.deepEqual(
    view.nodes.map(({ state }) => state),
    ['fresh', 'stale', 'blocked', 'fresh', 'fresh'],
  );
});

test('outputs of a group are one box, named by what their paths have in common', () => {
  const folds = graphOf([
    makeStage('prep', { outs: ['data'] }),
    makeStage('train@a-0', { deps: ['data'], outs: ['m/a-0/fold_0.bin', 'm/a-0/log'] }),
    makeStage('train@b-1', { deps: ['data'], outs: ['m/b-1/fold_1.bin', 'm/b-1/log'] }),
    makeStage('select', { deps: ['m'], outs: ['best'] }),
  ]);
  const view = dagView(folds, { expand: false, outs: true });
  assert.deepEqual(
    view.nodes.map(({ label, count }) => [label, count]),
    [
      ['data', undefined],
      ['m/*/fold_*.bin', 2],
      ['m/*/log', 2],
      ['best', undefined],
    ],
  );
  assert.deepEqual(view.edges, [
    ['data', 'm/a-0/fold_0.bin'],
    ['data', 'm/a-0/log'],
    ['m/a-0/fold_0.bin', 'best'],
    ['m/a-0/log', 'best'],
  ]);
  assert.equal(dagView(folds, { expand: true, outs: true }).nodes.length, 6);
});

test('a parameter file that a stage makes leads to what is made with it', () => {
  const { nodes, edges } = dagView(
    graphOf([
      makeStage('choose', { outs: ['best.yaml', 'log'] }),
      makeStage('fit', { params: [{ file: 'best.yaml', at: at('best.yaml'), keys: ['lr'] }], outs: ['m'] }),
    ]),
    { expand: false, outs: true },
  );
  assert.deepEqual(
    nodes.map(({ id }) => id),
    ['best.yaml', 'log', 'm'],
  );
  assert.deepEqual(edges, [['best.yaml', 'm']]);
});

// What DVC 3.67.1 prints for the same pipeline.
test('Graphviz as DVC writes it', () => {
  assert.equal(
    dagDot(dagView(graph, { expand: true, outs: false })),
    `strict digraph {
"prep";
"train@1";
"train@2";
"eval";
"alone";
"nothing";
"prep" -> "train@1";
"prep" -> "train@2";
"prep" -> "eval";
"train@1" -> "eval";
"train@2" -> "eval";
}
`,
  );
  assert.equal(
    dagDot(dagView(graph, { expand: true, outs: true })),
    `strict digraph {
"a.txt";
"q b.txt";
"m1";
"m2";
"r.json";
"z";
"a.txt" -> "m1";
"a.txt" -> "m2";
"q b.txt" -> "r.json";
"m1" -> "r.json";
"m2" -> "r.json";
}
`,
  );
});

test('Mermaid as DVC writes it', () => {
  assert.equal(
    dagMermaid(dagView(graph, { expand: true, outs: false })),
    `flowchart TD
	node1["eval"]
	node2["prep"]
	node3["train@1"]
	node4["train@2"]
	node2-->node1
	node2-->node3
	node2-->node4
	node3-->node1
	node4-->node1
	node5["alone"]
	node6["nothing"]
`,
  );
});

test('JSON tells edges as stage and what it depends on', () => {
  assert.deepEqual(dagJson(dagView(graph, { expand: false, outs: false })), {
    nodes: [
      { name: 'prep' },
      { name: 'train', count: 2 },
      { name: 'eval' },
      { name: 'alone' },
      { name: 'nothing' },
    ],
    edges: [
      ['train', 'prep'],
      ['eval', 'prep'],
      ['eval', 'train'],
    ],
  });
});

test('groups that would make the picture cyclic are shown by member, whatever is before and after them', () => {
  const before = Array.from({ length: 50 }, (_, n) =>
    makeStage(`b${n}`, { deps: n ? [`b${n - 1}`] : [], outs: [`b${n}`] }),
  );
  const after = Array.from({ length: 50 }, (_, n) =>
    makeStage(`e${n}`, { deps: [n ? `e${n - 1}` : 'y2'], outs: [`e${n}`] }),
  );
  const view = dagView(
    graphOf([
      ...before,
      makeStage('x@1', { deps: ['b49'], outs: ['x1'] }),
      makeStage('y@1', { deps: ['x1'], outs: ['y1'] }),
      makeStage('x@2', { deps: ['y1'], outs: ['x2'] }),
      makeStage('y@2', { deps: ['x2'], outs: ['y2'] }),
      makeStage('z@1', { deps: ['y2'], outs: ['z1'] }),
      makeStage('z@2', { deps: ['y2'], outs: ['z2'] }),
      ...after,
    ]),
    { expand: false, outs: false },
  );
  assert.deepEqual(
    view.nodes.map(({ id }) => id).filter((id) => /^[xyz]/.test(id)),
    ['x@1', 'y@1', 'x@2', 'y@2', 'z'],
  );
});

test('quotes and backslashes of names stay in their strings', () => {
  const view = { nodes: ['a "b" "c"', 'd\\e\\f'].map((id) => ({ id, label: id })), edges: [] };
  assert.equal(
    dagDot(view),
    String.raw`strict digraph {
"a \"b\" \"c\"";
"d\\e\\f";
}
`,
  );
  assert.match(dagMermaid(view), /\["a #quot;b#quot; #quot;c#quot;"\]/);
});
