// Lists to their end, and objects in parts: of one version, and of bytes that are shown to be those of the file.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { truncateSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { downloadParts, listAll, uploadParts } from '../../../../src/cache/cache.ts';
import { makeSpace } from '../../../hash/space.ts';

type Client = Parameters<typeof listAll>[0];
type Request = Parameters<Client['ask']>[1];
type Answer = Parameters<Parameters<Client['ask']>[2]>[0];

/** Answers by what is asked for, in place of a server. */
function clientOf(serve: (request: Request) => object): {
  readonly client: Client;
  readonly asked: Request[];
} {
  const asked: Request[] = [];
  const client = {
    ask: async <T>(_: string, request: Request, handle: (answer: Answer) => Promise<T>): Promise<T> => {
      asked.push(request);
      return handle({
        status: 200,
        headers: {},
        body: [],
        close: () => undefined,
        ...serve(request),
      } as unknown as Answer);
    },
  };
  return { client: client as unknown as Client, asked };
}

test('a list goes on behind its last key, until the server says that it ends', async () => {
  const pages = [['x/a', 'x/b'], ['x/c']];
  const { client, asked } = clientOf(() => {
    const keys = pages.shift()!.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`);
    return { body: [Buffer.from(`<R>${keys.join('')}<IsTruncated>${pages.length > 0}</IsTruncated></R>`)] };
  });
  const found: string[] = [];
  for await (const page of listAll(client, 'x/', false)) found.push(...page.map(({ key }) => key));
  assert.deepEqual(found, ['x/a', 'x/b', 'x/c']);
  assert.deepEqual(
    asked.map(({ query }) => query!['start-after']),
    [undefined, 'x/b'],
  );
});

test('the parts of a download are of one version, or it is none', async () => {
  const whole = Buffer.alloc((16 << 20) + 5, 'abcdefg');
  let isReplaced = false;
  const { client, asked } = clientOf(({ headers = {} }) => {
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(headers['range'] ?? '')!;
    if (isReplaced) return { status: 412, fault: { status: 412, code: 'PreconditionFailed', message: '' } };
    return {
      status: 206,
      headers: { 'content-range': `bytes ${start}-${end}/${whole.length}` },
      body: [whole.subarray(Number(start), Number(end) + 1)],
    };
  });
  const came = Buffer.alloc(whole.length);
  const options = { client, key: 'k', customerKey: {}, etag: 'one' };
  const take = (start: number, bytes: Uint8Array): void => came.set(bytes, start);
  const all = [{ start: 0, end: whole.length }];
  assert.equal(await downloadParts(all, take, options), true);
  assert.ok(came.equals(whole));
  assert.deepEqual(new Set(asked.map(({ headers }) => headers!['if-match'])), new Set(['"one"']));
  isReplaced = true;
  assert.equal(await downloadParts(all, take, options), false);
});

test('of an unfinished upload only parts with the bytes of the file are used', async (t) => {
  for (const [etag, sent] of [
    [hash('md5', Buffer.alloc(16 << 20)), ['old 2']],
    ['0'.repeat(32), ['new 1', 'new 2']],
  ] as const)
    assert.deepEqual(await sentParts(t, etag), sent);
});

/** @param etag of the first part of an unfinished upload. @returns which parts are sent, and of which upload. */
async function sentParts(t: TestContext, etag: string): Promise<readonly string[]> {
  const space = makeSpace(t);
  space.write('large', '');
  const size = (16 << 20) + 5;
  truncateSync(space.path('large'), size);
  const { client, asked } = clientOf(({ method, query = {} }) => {
    if (method === 'GET')
      return {
        body: [
          Buffer.from(
            `<R><Part><PartNumber>1</PartNumber><Size>${16 << 20}</Size><ETag>"${etag}"</ETag></Part></R>`,
          ),
        ],
      };
    if ('uploads' in query) return { body: [Buffer.from('<R><UploadId>new</UploadId></R>')] };
    return method === 'PUT'
      ? { headers: { etag: '"sent"' } }
      : { body: [Buffer.from('<CompleteMultipartUploadResult/>')] };
  });
  await uploadParts({
    client,
    key: 'k',
    source: { path: space.path('large'), size },
    writing: {},
    customerKey: {},
    condition: {},
    unfinished: ['old'],
    step: () => undefined,
  });
  return asked
    .filter(({ method }) => method === 'PUT')
    .map(({ query }) => `${query!['uploadId']} ${query!['partNumber']}`)
    .sort();
}
