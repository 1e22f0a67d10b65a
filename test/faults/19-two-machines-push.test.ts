import assert from 'node:assert/strict';
import { cpSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { isWhole } from '../amount.ts';
import { startFileServer } from '../cache/remote/file-server.ts';
import { assertTrueObjects, cloneOf, config, objectsIn } from '../cache/remote/shared-project.ts';
import { makeWorkspace, runPipe, type TestWorkspace } from '../workspace.ts';

const many = `stages:
  many:
    cmd: mkdir many && for i in $(seq 60); do echo $i > many/$i; done && head -c 3000000 /dev/zero > many/big
    outs: [many]
    deps: [in.txt]
`;
const env = { PIPE_REMOTE_KEY: 'ours' };

test('two machines push the same to one folder at once: both succeed, and what is there is right', async (t) => {
  const home = makeWorkspace(t, {});
  const one = makeWorkspace(t, {
    'pipeline.yaml': many + config(home.path('remote')),
    'in.txt': 'x\n',
  });
  await one.repro();
  const other = makeWorkspace(t, {});
  cpSync(one.root, other.root, { recursive: true });
  for (let round = 0; round < (isWhole ? 3 : 1); round += 1) {
    home.remove('remote');
    await pushTogether([one, other], round === 0 ? [] : ['--force']);
    assert.equal(objectsIn(home.path('remote')).length, 62);
    assertTrueObjects(home.path('remote'));
    assert.deepEqual(readdirSync(home.path('remote/tmp')), []);
    const clone = cloneOf(t, one);
    clone.remove('many');
    await clone.expect(0, 'pull');
    assert.equal(clone.read('many/60'), '60\n');
  }
});

test('the same with results that differ: each finds its own again, and one of the two records', async (t) => {
  const home = makeWorkspace(t, {});
  const random = `stages:\n  random: {cmd: echo $MACHINE > out, deps: [in.txt], outs: [out]}\n`;
  const files = { 'pipeline.yaml': random + config(home.path('remote')), 'in.txt': 'x\n' };
  const machines = [makeWorkspace(t, files), makeWorkspace(t, files)];
  for (const [index, { root }] of machines.entries())
    assert.equal((await runPipe(root, ['repro'], { MACHINE: `m${index}` })).code, 0);
  await pushTogether(machines, []);
  for (const [index, machine] of machines.entries()) {
    const clone = cloneOf(t, machine);
    clone.remove('out');
    await clone.expect(0, 'pull');
    assert.equal(clone.read('out'), `m${index}\n`);
  }
  const fresh = cloneOf(t, machines[0]!);
  for (const name of ['out', 'pipeline.lock']) fresh.remove(name);
  const { code, stdout } = await runPipe(fresh.root, ['repro', '--pull'], { ...env, MACHINE: 'none' });
  assert.equal(code, 0);
  assert.match(stdout, /1 restored/);
  assert.match(fresh.read('out'), /^m[01]$/m);
});

test('on a server, who comes second looks whether the first was right, and else puts it right', async (t) => {
  const server = await startFileServer(t);
  const project = makeWorkspace(t, { 'pipeline.yaml': many + config(server.url), 'in.txt': 'x\n' });
  await project.repro();
  await project.expect(0, 'push');
  const right = new Map(server.files);
  // As if everything appeared between our looking and our writing; every other object wrongly.
  for (const [index, [key, bytes]] of [...right].entries())
    if (index % 2 === 0) server.files.set(key, bytes.subarray(1));
  server.answer = (request, response, { method }) => {
    if (method === 'HEAD') return Boolean(response.writeHead(404).end());
    if (method === 'PUT' && request.headers['if-none-match'] === '*')
      return Boolean(response.writeHead(412).end());
    return false;
  };
  await project.expect(0, 'push');
  assert.deepEqual(server.files, right);
});

async function pushTogether(machines: readonly TestWorkspace[], args: readonly string[]): Promise<void> {
  const runs = machines.map(({ root }) => runPipe(root, ['push', '--run-cache', ...args], env));
  for (const { code, stdout, stderr } of await Promise.all(runs)) assert.equal(code, 0, stdout + stderr);
}
