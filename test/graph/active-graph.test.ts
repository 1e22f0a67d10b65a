import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activeGraph, withDependencies, withDependents, type StageGraph } from '../../src/graph/graph.ts';
import { makeStage } from '../show/stages.ts';

test('what a frozen stage depends on is not needed for it, nor does it follow from that', () => {
  const [first, frozen, last] = [
    makeStage('first'),
    { ...makeStage('frozen'), frozen: true },
    makeStage('last'),
  ];
  const graph: StageGraph = {
    stages: [first, frozen, last],
    dependencies: (stage) => (stage === frozen ? [first] : stage === last ? [frozen] : []),
    dependents: (stage) => (stage === first ? [frozen] : stage === frozen ? [last] : []),
    stage: () => undefined,
  };
  assert.deepEqual(withDependencies(activeGraph(graph), [last]), [frozen, last]);
  assert.deepEqual([...withDependents(activeGraph(graph), [first])], [first]);
  assert.deepEqual(withDependencies(graph, [last]), [first, frozen, last]);
});
