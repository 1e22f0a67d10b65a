// What is shared: a cluster with jobs of higher priority that end ours, one cache of two users who run their projects at once, and a
// disk that shows late what a job wrote.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { makeWorkspace, pipeBin } from '../../workspace.ts';
import { withLateFiles } from '../faults/late-files.ts';
import { config, failure, ofCluster, resultOf, starts, until, type Repro } from './jobs.ts';

const cluster = ofCluster({
  partitions: [
    'PreemptType=preempt/partition_prio',
    'PreemptMode=REQUEUE',
    'PartitionName=low Nodes=ALL Default=YES MaxTime=INFINITE PriorityTier=1 State=UP',
    'PartitionName=high Nodes=ALL MaxTime=INFINITE PriorityTier=10 PreemptMode=OFF State=UP',
  ],
});

test('a preempted stage runs again up to three times, then that is named', async (t) => {
  for (const [preemptions, code] of [
    [1, 0],
    [4, 1],
  ] as const) {
    const workspace = makeWorkspace(t, {
      'pipeline.yaml': `${config}stages:\n  one: {cmd: "echo one >> starts; until [ -e go ]; do sleep 0.1; done", slurm: {args: [--exclusive, --nodes=2]}}\n`,
    });
    const run = cluster.begin(t, workspace, 'repro', '--json');
    for (let count = 1; count <= preemptions; count += 1) {
      await until(() => starts(workspace).get('one') === count);
      cluster.slurm(
        'sbatch',
        '--partition=high',
        '--exclusive',
        '--nodes=2',
        '--output=/dev/null',
        '--wrap',
        'true',
      );
    }
    if (code === 0) {
      await until(() => starts(workspace).get('one') === 2);
      workspace.write('go', '');
    }
    assert.equal(await run.ended, code, run.printed());
    assert.equal(starts(workspace).get('one'), code === 0 ? 2 : 4);
    if (code === 1)
      assert.match(
        failure(resultOf(code, run.printed(), '')),
        /its job \d+ was ended for a job of higher priority/,
      );
    await cluster.noJobs();
  }
});

test('two users run at once on one cluster, and what one made the other takes from the shared cache', async (t) => {
  assert.equal(process.getuid?.(), 0, 'only root can become other users: run this suite as root');
  // Users and a group that every system has: Slurm runs jobs of known users only.
  const group = 100;
  const users = { daemon: 1, games: 5 };
  const workspace = makeWorkspace(t, {});
  chmodSync(workspace.root, 0o755);
  mkdirSync(workspace.path('objects'));
  chownSync(workspace.path('objects'), 0, group);
  chmodSync(workspace.path('objects'), 0o2775);
  for (const [name, uid] of Object.entries(users)) {
    workspace.write(
      `${name}/pipeline.yaml`,
      `config: {executor: slurm, gitignore: false, cache: {dir: ../objects, shared: group}}
stages:
  both: {cmd: 'echo both >> starts; echo same > both', outs: [both]}
  own: {matrix: {n: [1, 2, 3, 4, 5, 6]}, cmd: 'id -un >> who; echo ${name} \${item.n} > own-\${item.n}', outs: ['own-\${item.n}']}
`,
    );
    for (const path of ['', '/pipeline.yaml']) chownSync(workspace.path(name + path), uid, group);
  }
  const run = async (name: keyof typeof users): Promise<Repro> => {
    const child = spawn(process.execPath, [pipeBin, 'repro', '--json'], {
      cwd: workspace.path(name),
      env: {
        ...cluster.env,
        PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
        HOME: workspace.path(name),
        NODE_DISABLE_COMPILE_CACHE: '1',
      },
      uid: users[name],
      gid: group,
    });
    t.after(() => child.kill('SIGKILL'));
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (chunk: string) => (output[stream] += chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    return resultOf(code, output.stdout, output.stderr);
  };
  const both = await Promise.all([run('daemon'), run('games')]);
  for (const { code, stderr, events } of both) assert.equal(code, 0, stderr + JSON.stringify(events));
  for (const [name, uid] of Object.entries(users)) {
    assert.equal(workspace.read(`${name}/who`), `${name}\n`.repeat(6));
    assert.equal(workspace.read(`${name}/own-3`), `${name} 3\n`);
    assert.equal(statSync(workspace.path(`${name}/own-3`)).uid, uid);
  }
  workspace.remove('games/both');
  workspace.remove('games/starts');
  workspace.remove('games/pipeline.lock');
  const again = await run('games');
  assert.deepEqual([again.code, again.of('ran')], [0, []], again.stderr);
  assert.equal(workspace.read('games/both'), 'same\n');
  await cluster.noJobs();
});

test('a project on a shared disk that shows late what jobs wrote: all is waited for, and each stage runs once', (t) =>
  withLateFiles(
    t,
    3,
    `${config}stages:
  write: {cmd: echo write >> ../starts; echo said; echo 1 > one.txt, outs: [one.txt]}
  read: {cmd: echo read >> ../starts; cat one.txt > two.txt, deps: [one.txt], outs: [two.txt]}
  fail: {cmd: 'echo fail >> ../starts; echo why >&2; exit 3', deps: [two.txt]}
`,
    async (workspace) => {
      const project = { ...workspace, root: workspace.path('shared') };
      const run = await cluster.repro(project);
      assert.deepEqual(
        [run.code, run.of('ran')],
        [1, ['read', 'write']],
        run.stderr + JSON.stringify(run.events),
      );
      assert.match(failure(run), /: exit code 3$/);
      const lines = run.events.filter(({ type }) => type === 'output') as readonly {
        readonly line?: string;
      }[];
      assert.deepEqual(
        lines.map(({ line }) => line),
        ['said', 'why'],
      );
      assert.equal(workspace.read('backing/two.txt'), '1\n');
      assert.deepEqual(
        starts(workspace),
        new Map([
          ['write', 1],
          ['read', 1],
          ['fail', 1],
        ]),
      );
      assert.deepEqual((await cluster.repro(project, 'read')).of('ran'), []);
      await cluster.noJobs();
    },
    'SLURM_JOB_ID',
  ));
