// Runs that outlive their terminal, with stages as jobs of a real Slurm: Ctrl-C on a terminal, `--detach`, `--detach-job`, kill -9 of all.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { makeWorkspace, pipeBin, runPipe } from '../../workspace.ts';
import { openTerminal } from '../terminal/tmux.ts';
import { config, ofCluster, single, starts, until } from './jobs.ts';

const cluster = ofCluster();
const { repro } = cluster;

/** It runs until the test says so, and counts itself. */
const PATIENT =
  '{cmd: "echo one >> starts; touch runs; until [ -e go ]; do sleep 0.1; done; echo > out", outs: [out]}';

/** What a run of `one` and `two` leaves. */
const LEFT = ['go', 'runs', 'starts', 'out', 'two', 'pipeline.lock', 'cache'];

for (const [answer, keys, code, left] of [
  ["'l'", ['l', 'Enter'], 130, 1],
  ["'c'", ['c', 'Enter'], 130, 0],
  ['a second Ctrl-C', ['C-c'], 130, 1],
] as const)
  test(`Ctrl-C on a terminal asks once; answered with ${answer}, ${left} job is left`, async (t) => {
    const workspace = single(t, PATIENT);
    const environment = Object.entries(cluster.env).map(([key, value]) => `${key}=${value}`);
    const terminal = openTerminal(t, ['env', ...environment, process.execPath, pipeBin, 'repro'], {
      cwd: workspace.root,
    });
    await until(() => existsSync(workspace.path('runs')));
    const [id] = cluster.jobs();
    terminal.keys('C-c');
    await terminal.until(/1 job in flight \(\S+\)\. Cancel [^]*\[C\/l\]/);
    terminal.keys(...keys);
    const screen = await terminal.until(/\[code \d+\]/);
    assert.match(screen, new RegExp(`\\[code ${code}\\]`));
    assert.equal(terminal.everything().split('[C/l]').length - 1, 1, 'asked once');
    assert.doesNotMatch(terminal.everything(), /u001b/);
    assert.match(
      terminal.everything(),
      new RegExp(left === 1 ? `1 job left running: ${id}` : `1 job was cancelled: ${id}`),
    );
    if (left === 1) assert.deepEqual(cluster.jobs(), [id]);
    else await cluster.noJobs();
    workspace.write('go', '');
    const next = await repro(workspace);
    assert.deepEqual([next.code, next.of('ran')], [0, ['one']]);
    assert.equal(starts(workspace).get('one'), left === 1 ? 1 : 2);
  });

test('a run in the background is followed and seen; the run in a job too, and all of it survives kill -9', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `${config}stages:
  one: ${PATIENT}
  two: {cmd: 'echo two >> starts; cp out two', deps: [out], outs: [two]}
`,
  });
  for (const how of ['--detach', '--detach-job']) {
    for (const name of LEFT) workspace.remove(name);
    const begun = await runPipe(workspace.root, ['repro', how], cluster.env);
    assert.equal(begun.code, 0, begun.stdout + begun.stderr);
    await until(() => existsSync(workspace.path('runs')));
    const attached = cluster.begin(t, workspace, 'attach');
    await until(() => /running +one/.test(attached.printed()));
    const { stdout } = await workspace.expect(0, 'status');
    assert.match(stdout, /a run goes on \(process \d+ on \S+\):\n {2}(?:queued|running) {2}one {2}job \d+/);
    workspace.write('go', '');
    assert.equal(await attached.ended, 0, attached.printed());
    assert.match(attached.printed(), /ran +two/);
    assert.deepEqual([...starts(workspace).values()], [1, 1]);
    await cluster.noJobs();
  }
  // Killed: here, and, as seen from another machine, in its job.
  for (const [how, from] of [
    ['--detach', []],
    ['--detach-job', ['unshare', '--uts', 'sh', '-c', 'hostname elsewhere; exec "$@"', 'sh']],
  ] as const) {
    for (const name of LEFT) workspace.remove(name);
    await runPipe(workspace.root, ['repro', how], cluster.env);
    await until(() => existsSync(workspace.path('runs')));
    const owner = JSON.parse(workspace.read('cache/state/run.owner.json')) as { pid: number; job?: string };
    process.kill(owner.pid, 'SIGKILL');
    await until(() => cluster.jobs().length === 1);
    const call = async (...args: readonly string[]): Promise<readonly [code: unknown, printed: string]> => {
      const [program, ...rest] = [...from, process.execPath, pipeBin, ...args];
      const child = spawn(program, rest, { cwd: workspace.root, env: { ...process.env, ...cluster.env } });
      let printed = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
      const [code] = (await once(child, 'close')) as unknown[];
      return [code, printed];
    };
    const [attached, said] = await call('attach');
    assert.equal(attached, 1, said);
    assert.match(said, /run-died[^]*pipe repro --detach/);
    workspace.write('go', '');
    const [code, printed] = await call('repro');
    assert.equal(code, 0, printed);
    assert.match(printed, how === '--detach' ? /run-died/ : /run-died[^]*in job \d+ of Slurm/);
    assert.match(printed, /ran +one[^]*ran +two/);
    assert.deepEqual([...starts(workspace).values()], [1, 1]);
    assert.deepEqual(cluster.jobs(), []);
  }
});
