// `pipe doctor`: what it finds in a project that works, and in one that does not.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import test from 'node:test';
import { startFileServer } from '../cache/remote/file-server.ts';
import { makeWorkspace, runPipe, type TestWorkspace } from '../workspace.ts';

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
  const server = await startFileServer(t);
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `${pipeline}config: {remotes: {shared: {url: remote}, web: {url: '${server.url}'}}}\n`,
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
  assert.match(found.get('remote web')!.text, /answers in \d+ ms$/);
  const asked = server.requests.map(({ path }) => path.replace(/[0-9a-f]{2}\/[^/]*\.tmp$/, 'temporary'));
  assert.deepEqual(asked.toSorted(), ['CACHEDIR.TAG', 'objects/sha256/temporary'], 'once');
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

  const server = await startFileServer(t);
  server.answer = (_, response) => Boolean(response.writeHead(403).end());
  const remote = makeWorkspace(t, {
    'pipeline.yaml': `${pipeline}config: {remotes: {web: {url: 'http://127.0.0.1:9/'}, no: {url: '${server.url}'}}}\n`,
  });
  const remotes = await findings(remote, 1);
  const [web, refusing] = [remotes.get('remote web')!, remotes.get('remote no')!];
  assert.equal(refusing.state, 'broken');
  assert.match(refusing.text, /403/);
  assert.equal(web.state, 'broken');
  assert.match(web.text, /cannot be reached: .*ECONNREFUSED/);

  const foreign = makeWorkspace(t, { 'pipeline.yaml': pipeline, 'cache/mine.txt': '' });
  assert.equal((await findings(foreign, 1)).get('cache')!.state, 'broken');
});

test('remotes are asked at once, also where a program of AWS takes its time', async (t) => {
  const s3 = (profile: string): string => `{url: 's3://bucket', profile: ${profile}}`;
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `${pipeline}config: {remotes: {one: ${s3('one')}, two: ${s3('two')}}}\n`,
    'aws-config': '[profile one]\nsso_session = s\n[profile two]\nsso_session = s\n',
    // Each waits for the other.
    'bin/aws': `#!/bin/sh
case "$*" in *one) echo met > "$MET";; *two) cat "$MET";; esac
echo "$*" >> "$MET-both"
exit 1
`,
  });
  spawnSync('mkfifo', [workspace.path('met')]);
  const { code, stdout } = await runPipe(workspace.root, ['doctor', '--json'], {
    MET: workspace.path('met'),
    AWS_CONFIG_FILE: workspace.path('aws-config'),
    PATH: `${workspace.path('bin')}:${process.env['PATH']}`,
  });
  assert.equal(code, 1);
  assert.equal(stdout.match(/there are no credentials for the remote/g)?.length, 2);
  assert.match(workspace.read('met-both'), /profile one/);
  assert.match(workspace.read('met-both'), /profile two/);
});

const filesOf = ({ root }: TestWorkspace): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted();
