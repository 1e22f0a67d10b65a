// The metrics of a stage on the page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeMask, stageMetrics } from '../../src/ui/ui.ts';
import { makeSpace } from '../hash/space.ts';

test('every value of every file; what two files call the same has the file before it', (t) => {
  const space = makeSpace(t);
  space.write('train/a.json', '{"loss": 1, "deep": {"acc": 0.5}, "list": [1], "none": null}');
  space.write('b.yaml', 'loss: 2\nnote: hunter2 here\n');
  space.write('c/b.yaml', 'loss: 4\n');
  space.write('d/b.yaml', 'loss: 5\n');
  space.write('single.json', '3');
  space.write('plain.txt', 'loss: 9\n');
  const out = (at: string, metric = true): object => ({ at, metric });
  const outs = [
    out('train/a.json'),
    out('b.yaml'),
    out('c/b.yaml'),
    out('d/b.yaml'),
    out('gone.json'),
    out('single.json'),
    out('plain.txt', false),
  ];
  const mask = makeMask([{ env: { TOKEN: 'hunter2' } }], []);
  assert.deepEqual(stageMetrics({ outs } as never, space.root, mask), {
    loss: 1,
    'deep.acc': 0.5,
    'b.yaml:loss': 2,
    'c/b.yaml:loss': 4,
    'd/b.yaml:loss': 5,
    note: '••• here',
    'single.json': 3,
  });
});
