// What becomes of jobs in flight when their run is asked to end: by the signal, and on a terminal by an answer.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { leavesJobs } from '../../src/session/session.ts';

/** Stands in for a stream of the process. */
function replace(t: TestContext, name: 'stdin' | 'stderr', stream: object): void {
  const before = Object.getOwnPropertyDescriptor(process, name)!;
  Object.defineProperty(process, name, { value: stream, configurable: true });
  t.after(() => Object.defineProperty(process, name, before));
}

function terminal(
  t: TestContext,
  isShown = true,
): { readonly input: PassThrough; readonly shown: () => string } {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const pieces: string[] = [];
  replace(t, 'stdin', input);
  replace(
    t,
    'stderr',
    Object.assign(
      new PassThrough().on('data', (piece) => pieces.push(String(piece))),
      { isTTY: isShown },
    ),
  );
  return { input, shown: () => pieces.join('') };
}

test('without jobs nothing is left; a closed terminal leaves them, and any other signal ends them', async (t) => {
  const { shown } = terminal(t);
  assert.equal(await leavesJobs('SIGHUP', []), false);
  assert.equal(await leavesJobs('SIGHUP', ['1']), true);
  assert.equal(await leavesJobs('SIGTERM', ['1']), false);
  assert.equal(shown(), '');
});

test('who cannot read the question is not asked', async (t) => {
  const { input, shown } = terminal(t, false);
  input.end();
  assert.equal(await leavesJobs('SIGINT', ['1']), false);
  assert.equal(shown(), '');
});

for (const [answer, leaves] of [
  ['l\n', true],
  ['Leave\n', true],
  ['c\n', false],
  ['\n', false],
  ['no\n', false],
  ['\u0003', true],
  ['', true],
] as const)
  test(`on a terminal ${JSON.stringify(answer)} ${leaves ? 'leaves' : 'cancels'} them`, async (t) => {
    const { input, shown } = terminal(t);
    const left = leavesJobs('SIGINT', ['12', '13']);
    input.write(answer);
    if (answer === '') input.end();
    assert.equal(await left, leaves);
    assert.match(shown(), /2 jobs in flight \(12, 13\)\. Cancel them, or leave them running/);
  });
