// `pipe doctor`: what it finds in a project that works, and in one that does not.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import test from 'node:test';
import { makeWorkspace, type TestWorkspace } from '../workspace.ts';

interface Finding {
  readonly state: string;
  readonly name: string;
  readonly text: string;
}

async function findings(workspace: TestWorkspace, code: number): Promise<Map<string, Finding>> {
  const { stdout } = await workspace.expect(code, 'doctor', '--json');
  const report = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
  assert.equal(report.ok, code === 0);
  return new Map(report.findings.map((finding) => [finding.name, finding]));
}

const pipeline = 'stages:\n  a: {cmd: echo 1 > a.txt, outs: [a.txt]}\n';

test('a project that works: versions, file system, links, cache, remotes; exit 0', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `${pipeline}config: {remotes: {shared: {url: remote}}}\n`,
    'remote/.keep': '',
  });
  await workspace.repro();
  const before = filesOf(workspace);
  const found = await findings(workspace, 0);
  assert.match(found.get('pipe')!.text, /^\d+\.\d+\.\d+ in /);
  assert.match(found.get('project')!.text, /, a project of pipe$/);
  assert.match(found.get('lock file')!.text, /^pipeline\.lock: 1 of 1 stages recorded$/);
  assert.match(found.get('links')!.text, /possible here: .*copy$/);
  assert.match(found.get('remote shared')!.text, /answers in \d+ ms$/);
  assert.deepEqual(filesOf(workspace), before);
  assert.match((await workspace.expect(0, 'doctor')).stdout, /^ok {6}Node\.js/m);
});

test('nothing here, and a DVC repository', async (t) => {
  assert.match((await findings(makeWorkspace(t, {}), 0)).get('project')!.text, /^none/);
  const dvc = makeWorkspace(t, { '.dvc/config': '', 'dvc.yaml': pipeline });
  assert.match((await findings(dvc, 0)).get('project')!.text, /, a DVC repository$/);
});

test('what is broken is named, and the exit code is 1', async (t) => {
  const syntax = makeWorkspace(t, { 'pipeline.yaml': 'stages: [\n' });
  assert.equal((await findings(syntax, 1)).get('pipeline')!.state, 'broken');

  const lock = makeWorkspace(t, { 'pipeline.yaml': pipeline, 'pipeline.lock': '<<<<<<< HEAD\n' });
  assert.equal((await findings(lock, 1)).get('lock file')!.state, 'broken');

  const remote = makeWorkspace(t, {
    'pipeline.yaml': `${pipeline}config: {remotes: {web: {url: 'http://127.0.0.1:9/'}}}\n`,
  });
  assert.equal((await findings(remote, 1)).get('remote web')!.state, 'broken');

  const foreign = makeWorkspace(t, { 'pipeline.yaml': pipeline, 'cache/mine.txt': '' });
  assert.equal((await findings(foreign, 1)).get('cache')!.state, 'broken');
});

const filesOf = ({ root }: TestWorkspace): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted();
