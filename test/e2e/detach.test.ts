// `pipe repro --detach` and `pipe attach`: a run that needs no terminal, and those who follow it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { suite, test, type TestContext } from 'node:test';
import { makeWorkspace, startPipe } from '../workspace.ts';

/** Ends what a failing test would leave. */
function endAfter(test: TestContext, printed: string): number {
  const pid = Number(/in process (\d+)/.exec(printed)![1]);
  test.after(() => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  });
  return pid;
}

const STAGES = `params: [params.yaml]
stages:
  first: {cmd: 'until [ -e go ]; do sleep 0.05; done; echo said$PIPE_DETACHED_EVENTS; echo > first', deps: [in], params: [rate], outs: [first]}
  second: {cmd: "[ -e fails ] && exit 3; cp first second", deps: [first], outs: [second]}
`;

void suite('detached runs', { concurrency: true }, () => {
  test('a run goes on without its command, and is followed from its first event to its last', async (t) => {
    const workspace = makeWorkspace(t, {
      'pipeline.yaml': STAGES,
      'params.yaml': 'rate: 9007199254740993\n',
      in: '',
    });
    const { stdout } = await workspace.expect(0, 'repro', '--detach', 'second');
    assert.match(stdout, /The run goes on in process \d+ on .*; `kill \d+` ends it/);
    // What ends the group of the command does not end it.
    process.kill(-endAfter(t, stdout), 0);
    for (const name of ['events', 'log'])
      assert.equal(statSync(workspace.path(`cache/state/detached.${name}`)).mode & 0o777, 0o600);
    const follower = startPipe(workspace.root, ['attach']);
    let text = '';
    follower.stdout!.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (text.includes('start    first')) workspace.write('go', '');
    });
    assert.deepEqual((await once(follower, 'close'))[0], 0, text);
    assert.match(text, /start {4}first +new\n[^]*first \| said\n[^]*ran {6}second[^]*2 ran/);
    assert.deepEqual((await workspace.repro()).ran, []);
    // Afterwards it is shown once more.
    const again = await workspace.expect(0, 'attach', '--json');
    assert.match(again.stdout, /"type":"run-end"/);
    const events = workspace.read('cache/state/detached.events').trimEnd().split('\n');
    const end = deserialize(Buffer.from(events.pop()!, 'base64')) as object;
    events.push(serialize({ ...end, interrupted: 'SIGTERM' }).toString('base64'));
    workspace.write('cache/state/detached.events', `${events.join('\n')}\n`);
    await workspace.expect(143, 'attach');
  });

  test('a failing run gives its exit code to whoever follows, and mistakes are reported at once', async (t) => {
    const workspace = makeWorkspace(t, {
      'pipeline.yaml': STAGES,
      'params.yaml': 'rate: 1\n',
      in: '',
      fails: '',
    });
    assert.match((await workspace.expect(1, 'attach')).stderr, /not-detached/);
    assert.equal((await workspace.pipe('repro', 'nothing', '--detach')).code, 1);
    endAfter(t, (await workspace.expect(0, 'repro', '--detach', '-k')).stdout);
    workspace.write('go', '');
    const { stdout } = await workspace.expect(1, 'attach');
    assert.match(stdout, /the stage 'second' failed: exit code 3/);
    workspace.write('pipeline.lock', "schema: 'pipe/9'\nstages: {}\n");
    const over = await workspace.pipe('repro', '--detach');
    assert.deepEqual([over.code, /lock-newer-schema/.test(over.stdout)], [1, true]);
    assert.doesNotMatch(over.stdout, /exit code 3/, 'of the run before nothing is shown');
  });

  test('who stops following does not stop the run; a run that was killed is named', async (t) => {
    const workspace = makeWorkspace(t, { 'pipeline.yaml': STAGES, 'params.yaml': 'rate: 1\n', in: '' });
    const { stdout } = await workspace.expect(0, 'repro', '--detach');
    const pid = endAfter(t, stdout);
    const follower = startPipe(workspace.root, ['attach']);
    let text = '';
    follower.stdout!.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (text.includes('start    first') && !follower.killed) follower.kill('SIGINT');
    });
    assert.deepEqual((await once(follower, 'close'))[0], 130);
    assert.match((await workspace.expect(1, 'repro', '--detach')).stderr, /detached-already/);
    assert.match(text, /The run goes on; `pipe attach` follows it again/);
    process.kill(pid, 'SIGKILL');
    assert.match((await workspace.expect(1, 'attach')).stderr, /run-died[^]*detached\.log/);
    workspace.write('go', '');
    assert.deepEqual((await workspace.repro()).ran, ['first', 'second']);
  });
});
