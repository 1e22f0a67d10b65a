// The output of a command that has ended while others still print to it.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { PrintedStreams } from '../../src/run/run.ts';

test('the end of one stream is not the end of the other', async (t) => {
  // It waits a moment only, which does not pass here.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (const [first, last] of [
    ['stdout', 'stderr'],
    ['stderr', 'stdout'],
  ] as const) {
    const streams = { stdout: new PassThrough(), stderr: new PassThrough(), progress: new PassThrough() };
    const printed = new PrintedStreams(streams, ['pipe:[1]']);
    const taken: string[] = [];
    printed.listen((name, chunk) => void taken.push(`${name} ${chunk.toString()}`));
    streams[first].end('early');
    streams.progress.end();
    const closed = printed.close().then((held) => taken.push(`closed, ${held.length} held`));
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    streams[last].end('late');
    await closed;
    assert.deepEqual(taken, [`${first} early`, `${last} late`, 'closed, 0 held']);
  }
});
