import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { copiesOf, pipeBin, type Ran, type TestWorkspace } from '../workspace.ts';

const NOBODY = 65534;
/** Of our own code cache, nobody may write a file. */
const compiled = mkdtempSync(join(tmpdir(), 'pipe-compiled-'));
chmodSync(compiled, 0o777);
after(() => rmSync(compiled, { recursive: true }));
const pipeline = 'stages:\n  copy: {cmd: cp in.txt out.txt, deps: [in.txt], outs: [out.txt]}\n';

const made = copiesOf({ 'pipeline.yaml': pipeline, 'in.txt': 'x\n' }, (workspace) => workspace.repro());

/** Runs `pipe` as somebody who may not write what `modes` (of chmod) leaves. */
function asReader({ root }: TestWorkspace, modes: readonly string[], ...args: readonly string[]): Ran {
  for (const mode of modes) spawnSync('chmod', [...mode.split(' '), root], { cwd: root });
  const who = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const ran = spawnSync(process.execPath, [pipeBin, ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, CI: undefined, NODE_COMPILE_CACHE: compiled },
    ...who,
  });
  spawnSync('chmod', ['-R', 'u+w', root]);
  return { code: ran.status, signal: ran.signal, stdout: ran.stdout, stderr: ran.stderr };
}

const READ_ONLY = ['-R a+rX,a-w'];

test('status, dag, why, a dry run and history work in a project that may only be read', async (t) => {
  const workspace = await made(t);
  for (const command of [
    ['status'],
    ['dag'],
    ['why', 'copy'],
    ['repro', '--dry'],
    ['history'],
    ['stage', 'list'],
  ]) {
    const { code, stderr } = asReader(workspace, READ_ONLY, ...command);
    assert.equal(code, 0, `${command.join(' ')}: ${stderr}`);
    assert.equal(stderr, '');
  }
  assert.match(asReader(workspace, READ_ONLY, 'status').stdout, /up to date/);
});

test('doctor says that the cache cannot be written', async (t) => {
  const { code, stdout } = asReader(await made(t), READ_ONLY, 'doctor', '--json');
  assert.equal(code, 1, stdout);
  const { findings } = JSON.parse(stdout) as { findings: { state: string; name: string; text: string }[] };
  assert.match(
    findings.find(({ name, state }) => name === 'cache' && state === 'broken')!.text,
    /cannot be written/,
  );
});

test('a change is told without the state being written', async (t) => {
  const workspace = await made(t);
  workspace.write('in.txt', 'y\n');
  assert.match(asReader(workspace, READ_ONLY, 'status').stdout, /copy: /);
});

test('repro there says why it cannot, in words', async (t) => {
  const workspace = await made(t);
  workspace.write('in.txt', 'y\n');
  const { code, stderr } = asReader(workspace, READ_ONLY, 'repro');
  assert.equal(code, 1, stderr);
  assert.match(stderr, /cannot|not writable|permission/i);
  assert.doesNotMatch(stderr, /bug in pipe|\n +at /);
});

test('repro says why where the objects belong to another user', async (t) => {
  const workspace = await made(t);
  workspace.write('in.txt', 'y\n');
  const { code, stdout, stderr } = asReader(workspace, ['-R a+rwX'], 'status');
  assert.equal(code, 0, stdout + stderr);
  spawnSync('chmod', ['-R', 'a-w', workspace.path('cache/objects')]);
  const ran = asReader(workspace, [], 'repro');
  spawnSync('chmod', ['-R', 'u+w', workspace.path('cache/objects')]);
  assert.equal(ran.code, 1, ran.stdout);
  assert.match(ran.stdout + ran.stderr, /permission denied/);
  assert.equal(workspace.read('out.txt'), 'x\n', 'the stage did not run');
  assert.doesNotMatch(ran.stderr, /bug in pipe|\n +at /);
});
