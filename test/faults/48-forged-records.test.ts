import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { sampleOf, testInWhole } from '../amount.ts';
import { startFileServer, type FileServer } from '../cache/remote/file-server.ts';
import { cloneOf, config, makeProject } from '../cache/remote/shared-project.ts';
import { runPipeMostlyHere } from '../cli/here.ts';
import type { Ran, TestWorkspace } from '../workspace.ts';

const SECRET = 'a secret that only friends have';

/** What the remote has after the first push: the others would send the same. */
const pushed = new Map<string, Buffer>();

/** A remote with signed records of both stages, and a clone without a lock file: only records can spare it the runs. */
async function shared(t: TestContext): Promise<{ server: FileServer; clone: TestWorkspace }> {
  const server = await startFileServer(t);
  const project = await makeProject(t, server.url);
  if (pushed.size === 0) {
    const { code, stderr } = await runPipeMostlyHere(project.root, ['push', '--run-cache'], {
      PIPE_REMOTE_KEY: SECRET,
      PIPE_REMOTE_HOST: server.url,
    });
    assert.equal(code, 0, stderr);
    for (const [key, bytes] of server.files) pushed.set(key, bytes);
  }
  for (const [key, bytes] of pushed) server.files.set(key, bytes);
  const clone = cloneOf(t, project);
  for (const name of ['pipeline.lock', 'lines.json']) clone.remove(name);
  return { server, clone };
}

function repro(clone: TestWorkspace, key: string | undefined): Promise<Ran> {
  return runPipeMostlyHere(clone.root, ['repro', '--pull'], { PIPE_REMOTE_KEY: key });
}

const records = ({ files }: FileServer): string[] =>
  [...files.keys()].filter((key) => key.startsWith('runs/'));

/** Something else in place of an output, with its true digest, as a record would have it. */
function plant({ files }: FileServer, text: string): { digest: string; size: number } {
  const digest = createHash('sha256').update(text).digest('hex');
  files.set(`objects/sha256/${digest.slice(0, 2)}/${digest.slice(2)}`, Buffer.from(text));
  return { digest, size: text.length };
}

/** A directory with one file of its own choice of a name, as a manifest would have it. */
function plantDirectory(server: FileServer, path: string): { digest: string; size: number; nfiles: number } {
  const { digest, size } = plant(server, 'evil\n');
  const manifest = `{"schema":"pipe-tree/1"}\n${JSON.stringify({ path, sha256: digest, size })}\n`;
  const name = `${createHash('sha256').update(manifest).digest('hex')}.dir`;
  server.files.set(`objects/sha256/${name.slice(0, 2)}/${name.slice(2)}`, Buffer.from(manifest));
  return { digest: name, size, nfiles: 1 };
}

function forge(server: FileServer, change: (body: string, signature: string) => string): void {
  for (const key of records(server)) {
    const [body, signature] = server.files.get(key)!.toString().split('\n') as [string, string];
    server.files.set(key, Buffer.from(change(`${body}\n`, `${signature}\n`)));
  }
}

test('a record that is signed with the key spares the run', async (t) => {
  const { clone } = await shared(t);
  const { code, stdout } = await repro(clone, SECRET);
  assert.equal(code, 0);
  assert.match(stdout, /2 restored/);
  assert.equal(clone.read('sum.txt'), 'one\ntwo\n');
});

type Forge = (body: string, signature: string, evil: (body: string) => string) => string;
const forged: readonly (readonly [string, Forge])[] = [
  ['with other outputs under the old signature', (body, signature, evil) => evil(body) + signature],
  ['without a signature', (body, _, evil) => evil(body)],
  ['with an empty signature', (body, _, evil) => `${evil(body)}hmac-sha256 \n`],
  ['with a made-up signature', (body, _, evil) => `${evil(body)}hmac-sha256 ${'0'.repeat(64)}\n`],
  ['of a right result, unsigned', (body) => body],
  ['that is cut off', (body) => body.slice(0, -10)],
];
for (const [what, change] of sampleOf(forged, 6)) {
  test(`a record ${what} is never believed: the stage runs`, async (t) => {
    const { server, clone } = await shared(t);
    const planted = plant(server, 'evil\n');
    const evil = (body: string): string =>
      body.replace(/"content":\{[^}]*\}/g, `"content":${JSON.stringify(planted)}`);
    forge(server, (body, signature) => change(body, signature, evil));
    const { code, stdout } = await repro(clone, SECRET);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /2 ran/);
    assert.match(stdout, /remote-unsigned/);
    assert.equal(clone.read('sum.txt'), 'one\ntwo\n');
  });
}

testInWhole('a signed record stands for its own inputs only', async (t) => {
  const { server, clone } = await shared(t);
  const [one, two] = records(server) as [string, string];
  const [first, second] = [server.files.get(one)!, server.files.get(two)!];
  server.files.set(one, second);
  server.files.set(two, first);
  assert.match((await repro(clone, SECRET)).stdout, /2 ran/);
});

testInWhole('another key believes nothing; no key asks for no records', async (t) => {
  const { server, clone } = await shared(t);
  assert.match((await repro(clone, 'another')).stdout, /2 ran/);
  for (const name of ['cache', 'pipeline.lock', 'made', 'sum.txt', 'lines.json']) clone.remove(name);
  server.requests.length = 0;
  assert.match((await repro(clone, undefined)).stdout, /2 ran/);
  assert.deepEqual(server.requests, []);
});

test('without a key records are neither pushed nor fetched, unless the remote is trusted', async (t) => {
  const server = await startFileServer(t);
  const project = await makeProject(t, server.url);
  for (const command of ['push', 'fetch', 'pull'])
    assert.match(
      (await project.expect(1, command, '--run-cache')).stderr,
      /remote-unsigned[^]*PIPE_REMOTE_KEY/,
    );
  assert.deepEqual(records(server), []);
  const trusting = project
    .read('pipeline.yaml')
    .replace(config(server.url), config(server.url).replace('}}}', ', trust: true}}}'));
  project.write('pipeline.yaml', trusting);
  await project.expect(0, 'push', '--run-cache');
  assert.equal(records(server).length, 2);
  const clone = cloneOf(t, project);
  for (const name of ['pipeline.lock', 'lines.json']) clone.remove(name);
  assert.match((await repro(clone, undefined)).stdout, /2 restored/);
});

test('trust does not go so far as to believe a wrong signature, nor objects that are not theirs', async (t) => {
  const { server, clone } = await shared(t);
  const trusting = clone.read('pipeline.yaml').replace('}}}', ', trust: true}}}');
  clone.write('pipeline.yaml', trusting);
  forge(server, (body) => `${body}hmac-sha256 ${'0'.repeat(64)}\n`);
  assert.match((await repro(clone, SECRET)).stdout, /2 ran/);
  for (const name of ['cache', 'pipeline.lock', 'made', 'sum.txt', 'lines.json']) clone.remove(name);
  forge(server, (body) => body.replaceAll(/"path":"[^"]*"/g, '"path":"../../outside"'));
  assert.match((await repro(clone, undefined)).stdout, /2 ran/);
});

test('what a trusted record names is looked at all the same: nothing is written outside of the project', async (t) => {
  const { server, clone } = await shared(t);
  clone.write('pipeline.yaml', clone.read('pipeline.yaml').replace('}}}', ', trust: true}}}'));
  for (const path of sampleOf(['../evil', '/tmp/evil', 'a/../../evil'], 3)) {
    const planted = JSON.stringify(plantDirectory(server, path));
    forge(server, (body) => body.replace(/"content":\{[^}]*\}/g, `"content":${planted}`));
    const { code, stdout } = await repro(clone, undefined);
    assert.equal(code, 0);
    assert.match(stdout, /2 ran/);
    assert.match(stdout, /remote-corrupt[^]*the manifest of a directory is refused/);
    assert.equal(clone.read('sum.txt'), 'one\ntwo\n');
    for (const name of ['cache', 'pipeline.lock', 'made', 'sum.txt', 'lines.json']) clone.remove(name);
  }
});
