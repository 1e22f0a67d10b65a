import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { sampleOf } from '../amount.ts';
import { startFileServer } from '../cache/remote/file-server.ts';
import {
  assertTrueObjects,
  cloneOf,
  leftovers,
  makeProject,
  objectsIn,
} from '../cache/remote/shared-project.ts';
import { startSourceServer } from '../e2e/source-server.ts';
import { makeWorkspace, pipeBin } from '../workspace.ts';

const digestOf = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');
const keyOf = (digest: string): string => `objects/sha256/${digest.slice(0, 2)}/${digest.slice(2)}`;

const PAGE = '<!doctype html><title>Sign in</title><p>Please sign in to go on.</p>';
const BOMB_MEMBER = gzipSync(Buffer.alloc(16 << 20));
const BOMB_MEMBERS = 64;

const answers: Readonly<Record<string, (response: ServerResponse, right: Buffer) => void>> = {
  'other bytes of the same length': (response, right) => void response.end(Buffer.alloc(right.length, 'x')),
  'a short body': (response, right) => void response.end(right.subarray(0, -1)),
  'an empty body': (response) => void response.end(),
  'a longer body': (response, right) => void response.end(Buffer.concat([right, Buffer.from('x')])),
  'a page of HTML': (response) => void response.setHeader('content-type', 'text/html').end(PAGE),
  'a body that ends before its length': (response, right) => {
    response.writeHead(200, { 'content-length': right.length });
    response.write(right.subarray(0, -1), () => response.destroy());
  },
  'a gzip bomb': (response) => {
    response.setHeader('content-encoding', 'gzip');
    let left = BOMB_MEMBERS;
    const next = (): void => {
      left -= 1;
      if (left === 0) response.end(BOMB_MEMBER);
      else response.write(BOMB_MEMBER, next);
    };
    next();
  },
};

test('what is not the object is refused, be it a file, one of a directory or a manifest; nothing of it is kept', async (t) => {
  const server = await startFileServer(t);
  const project = await makeProject(t, server.url);
  await project.expect(0, 'push');
  const sum = digestOf('one\ntwo\n');
  const inside = digestOf('two\n');
  const manifest = objectsIn(project.path('cache')).find((name) => name.endsWith('.dir'))!;
  for (const [what, answer] of sampleOf(Object.entries(answers), 7))
    await t.test(what, async (t) => {
      for (const bad of [[sum, inside], [manifest]]) {
        server.answer = (_, response, { method, path }) => {
          if (method !== 'GET' || !bad.some((digest) => path === keyOf(digest))) return false;
          answer(response, server.files.get(path)!);
          return true;
        };
        const clone = cloneOf(t, project);
        const { code, signal, stderr } = await withSmallFiles(clone.root, 'pull');
        assert.equal(signal, null);
        assert.equal(code, 1, stderr);
        assert.match(stderr, /error\[remote-(?:corrupt|failed)\]/);
        assert.doesNotMatch(stderr, /bug in pipe|\n +at /);
        assertTrueObjects(clone.path('cache'));
        for (const digest of bad) assert.ok(!objectsIn(clone.path('cache')).includes(digest));
        assert.deepEqual(leftovers(clone), []);
        assert.equal(existsSync(clone.path('made')), false);
        if (bad.includes(sum)) assert.equal(existsSync(clone.path('sum.txt')), false);
        // As soon as the remote is right, so are we.
        server.answer = () => false;
        await clone.expect(0, 'pull');
        assert.equal(clone.read('sum.txt'), 'one\ntwo\n');
        assertTrueObjects(clone.path('cache'));
      }
    });
});

test('what comes to an end where the disk is full is not imported in part', async (t) => {
  const [server, project] = [
    await startSourceServer(t),
    makeWorkspace(t, { 'pipeline.yaml': 'stages: {}\n' }),
  ];
  // The last piece that comes is written in part, without an error.
  server.files.set('data', 'x'.repeat((1 << 20) + 1000));
  const { code, signal, stderr } = await withSmallFiles(project.root, 'import-url', `${server.url}data`);
  assert.deepEqual([code, signal], [1, null], stderr);
  assert.match(stderr, /error\[file-too-large\]/);
  assert.equal(existsSync(project.path('data')), false);
  assert.deepEqual(leftovers(project), []);
});

/** No file may grow beyond a megabyte. */
function withSmallFiles(
  cwd: string,
  ...args: readonly string[]
): Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(
      'bash',
      ['-c', 'ulimit -f 1024; exec "$@"', 'bash', process.execPath, pipeBin, ...args],
      {
        cwd,
        env: { ...process.env, NODE_TEST_CONTEXT: undefined },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.on('close', (code, signal) => resolve({ code, signal, stderr }));
  });
}
