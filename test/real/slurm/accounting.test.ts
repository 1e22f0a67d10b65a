// Slurm with its accounting: a database of its own, in which only users with an account can submit jobs.
import assert from 'node:assert/strict';
import { chmodSync, existsSync } from 'node:fs';
import { test } from 'node:test';
import { makeWorkspace, runPipe } from '../../workspace.ts';
import { config, ofCluster } from './jobs.ts';

const cluster = ofCluster({ accounting: true });

test('an account that does not exist is refused before anything starts', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `${config}stages:
  first: {cmd: echo > first, outs: [first], executor: local}
  own: {cmd: echo > own, outs: [own]}
  foreign: {cmd: 'true', slurm: {account: nobodys}}
`,
  });
  const run = await cluster.repro(workspace);
  assert.equal(run.code, 1);
  assert.match(run.stderr, /can never run the stage 'foreign': .*invalid account/i);
  assert.match(run.stderr, /--account=nobodys/);
  assert.ok(!existsSync(workspace.path('first')) && !existsSync(workspace.path('own')), 'nothing started');
});

test('history has the memory that the accounting knows of a job', async (t) => {
  const workspace = makeWorkspace(t, {
    // So the script of the job sees no memory itself.
    'bin/ps': '#!/bin/sh\n',
  });
  chmodSync(workspace.path('bin/ps'), 0o755);
  workspace.write(
    'pipeline.yaml',
    `${config}stages:
  large:
    cmd: 'python3 -c "import time; a = bytearray(b\\"x\\" * (200 << 20)); time.sleep(4)"'
    env: {PATH: '${workspace.path('bin')}:/usr/bin:/bin'}
    resources: {memory: 600M}
`,
  );
  const run = await cluster.repro(workspace);
  assert.equal(run.code, 0, run.stderr + JSON.stringify(run.events));
  interface Entry {
    readonly job: { readonly id: string; readonly memory?: number };
  }
  // Slurm accounts a job some time after its end.
  for (let memory: number | undefined; memory === undefined;) {
    const { stdout } = await runPipe(workspace.root, ['history', '--json'], cluster.env);
    ({ memory } = (JSON.parse(stdout) as Entry).job);
    assert.ok(memory === undefined || memory > 200 << 20, `${memory} bytes`);
  }
  const shown = await runPipe(workspace.root, ['history'], cluster.env);
  assert.match(shown.stdout, /ran +large .*\(job \d+ on n[12], \d+(?:\.\d+)? MB\)/);
  assert.doesNotMatch(shown.stderr, /is unknown/);
});
