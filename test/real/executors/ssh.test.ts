// The executor of docs/executors/ssh.md, as it is written there, against a real sshd: the machine has folders of its own, and files go
// there and back by rsync.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeWorkspace, startPipe } from '../../workspace.ts';
import { install } from '../debian.ts';
import { clientWith, hostSection, startSshd } from '../remotes/sshd.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/executors/ssh.md'), 'utf8');
const [script = ''] = [...page.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, text]) => text!);
const [settings = ''] = [...page.matchAll(/^```yaml\n([^]*?)^stages:$/gm)].map(([, text]) => text!);

test('stages run on another machine by ssh, as the documentation describes it', async (t) => {
  if (spawnSync('rsync', ['--version']).error) install('rsync');
  const server = await startSshd(t);
  const client = clientWith(t, hostSection('big', server));
  // Between the two sides nothing is shared but what rsync brings.
  const machine = makeWorkspace(t, {});
  const workspace = makeWorkspace(t, {
    'cluster/ssh.sh': script,
    'pipeline.yaml': `${settings}stages:
  train:
    cmd: [pwd; cat data/x/1 data/2 > model.bin, 'mkdir -p deep/er; cp code deep/er/copy', cat "$PIPE_PARAMS_FILE" > seen]
    deps: [code, data]
    params: [rate]
    outs: [model.bin, deep/er, seen]
    executor: command
  fails: {cmd: echo why; exit 9, executor: command}
  waits: {cmd: 'echo \${turn} >> ${machine.path('starts')}; until [ -e ${machine.path('go')} ]; do sleep 0.1; done; echo > waited', outs: [waited], executor: command}
vars: [{turn: 1}]
`,
    code: 'print\n',
    'data/x/1': 'one\n',
    'data/2': 'two\n',
    'params.yaml': 'rate: 5\n',
  });
  chmodSync(workspace.path('cluster/ssh.sh'), 0o755);
  const env = { ...client.env, SSH_EXECUTOR_HOST: 'big', SSH_EXECUTOR_FOLDER: machine.path('jobs') };
  const run = async (...args: readonly string[]): Promise<readonly [code: number, stdout: string]> => {
    const child = startPipe(workspace.root, ['repro', ...args], env);
    let stdout = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    return [((await once(child, 'close')) as [number])[0], stdout];
  };
  const [code, stdout] = await run('train');
  assert.equal(code, 0, stdout);
  assert.match(stdout, new RegExp(`train \\| ${machine.path('jobs')}/train\\.[\\w-]+/project\n`));
  assert.equal(workspace.read('model.bin'), 'one\ntwo\n');
  assert.equal(workspace.read('deep/er/copy'), 'print\n');
  assert.match(workspace.read('seen'), /"rate":5/);
  assert.match((await run('train'))[1], /up to date/);
  const [failed, text] = await run('fails');
  assert.equal(failed, 1);
  assert.match(text, /fails \| why\n[^]*exit code 9/);

  const killed = startPipe(workspace.root, ['repro', 'waits'], env);
  await until(() => existsSync(machine.path('starts')));
  killed.kill('SIGKILL');
  await once(killed, 'close');
  machine.write('go', '');
  const [taken, more] = await run('waits');
  assert.equal(taken, 0, more);
  assert.equal(machine.read('starts'), '1\n', 'it ran once');

  machine.remove('go');
  workspace.write('pipeline.yaml', workspace.read('pipeline.yaml').replace('turn: 1', 'turn: 2'));
  const stopped = startPipe(workspace.root, ['repro', 'waits'], env);
  await until(() => machine.read('starts') === '1\n2\n');
  stopped.kill('SIGINT');
  assert.equal(((await once(stopped, 'close')) as [number])[0], 130);
  const jobs = readdirSync(machine.path('jobs')).filter((name) => name.startsWith('waits'));
  const pids = jobs.map((name) => machine.read(`jobs/${name}/pid`).trim());
  for (const pid of pids) assert.notEqual(spawnSync('kill', ['-0', pid]).status, 0, 'the job is gone');
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}
