// Who may ask the server of the page: only the page itself, on this machine.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { refusalOf } from '../../src/ui/ui.ts';

const HEADERS = { host: '127.0.0.1:80', authorization: 'Bearer secret' };

const status = (headers: object, path = '/api/project', method = 'GET'): number | undefined =>
  refusalOf({ method, path, headers: { ...HEADERS, ...headers } }, 80, 'secret')?.status;

test('the page with its token may ask, by each name of this machine', () => {
  for (const host of ['127.0.0.1:80', 'localhost:80', '[::1]:80'])
    assert.equal(status({ host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }), undefined);
  assert.equal(status({ authorization: undefined }, '/'), undefined, 'the page has no data in it');
});

test('no other request may: another host, page, site, token or method', () => {
  for (const host of ['evil.example:80', '127.0.0.1:81', '127.0.0.1', undefined])
    assert.equal(status({ host }), 421, host);
  for (const origin of ['http://evil.example', 'https://127.0.0.1:80', 'http://localhost:80', 'null', ''])
    assert.equal(status({ origin }), 403, origin);
  for (const site of ['cross-site', 'same-site']) assert.equal(status({ 'sec-fetch-site': site }), 403, site);
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
  assert.equal(status(link, '/'), undefined, 'a link leads to the page');
  assert.equal(status(link), 403, 'and not to its data');
  for (const authorization of [undefined, '', 'secret', 'Bearer ', 'Bearer secre', 'Bearer secret2', 'Bearer SECRET'])
    assert.equal(status({ authorization }), 401, authorization);
  for (const path of ['/api/start', '/api/stop']) {
    assert.equal(status({}, path), 405);
    assert.equal(status({}, path, 'POST'), undefined);
    assert.equal(status({ authorization: undefined }, path, 'POST'), 401);
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']) assert.equal(status({}, '/', method), 405);
}); // prettier-ignore

/** By a name that is not checked with this file: it is for browsers. */
const SCRIPT: string = '../../src/ui/page/live-source.ts';

/** In place of what a browser has, until the test ends. */
function inBrowser(t: TestContext, page: object): void {
  for (const [name, value] of Object.entries(page)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    t.after(() => {
      if (before) Object.defineProperty(globalThis, name, before);
      else delete (globalThis as Record<string, unknown>)[name];
    });
  }
}

test('the page keeps its token, and leaves it neither in the address nor in the history', async (t) => {
  const { takeToken } = (await import(SCRIPT)) as { readonly takeToken: () => boolean };
  const kept: unknown[] = [];
  const page = {
    location: { hash: '', pathname: '/' },
    localStorage: { setItem: (...item: readonly string[]) => kept.push(item) },
    history: { replaceState: (_: unknown, __: string, address: string) => kept.push(address) },
  };
  inBrowser(t, page);
  assert.equal(takeToken(), false);
  page.location.hash = '#token=a-b_c1';
  assert.equal(takeToken(), true);
  assert.deepEqual(kept, [['pipe-token', 'a-b_c1'], '/#/graph']);
});

test('what the page asks for, and what it makes of a refusal', async (t) => {
  const asked: unknown[] = [];
  let answer = (): Response => Response.json({ refused: 'why' });
  inBrowser(t, {
    localStorage: { getItem: (name: string) => `kept ${name}` },
    fetch: (address: string, { headers, ...rest }: { headers: object }) => {
      asked.push(address, rest);
      assert.deepEqual(headers, { Authorization: 'Bearer kept pipe-token' });
      return Promise.resolve(answer());
    },
  });
  const { liveSource: source, Refused } = (await import(SCRIPT)) as {
    readonly liveSource: Record<string, (...args: readonly unknown[]) => Promise<unknown>> & {
      readonly live: Record<string, (...args: readonly unknown[]) => Promise<unknown>>;
    };
    readonly Refused: new () => Error;
  };
  const { live } = source;
  assert.equal(await live['start']!(['a', 'b'], true), 'why');
  assert.equal(await live['stop']!(), 'why');
  await live['log']!('a&b', 5);
  await live['garbage']!(true);
  await source['plots']!(['one', 'two']);
  await source['detail']!('a');
  await source['pastRun']!('r');
  const got = { cache: 'no-store' };
  assert.deepEqual(asked, [
    '/api/start?',
    { ...got, method: 'POST', body: '{"targets":["a","b"],"force":true}' },
    '/api/stop?',
    { ...got, method: 'POST', body: '{}' },
    ...['log?stage=a%26b&from=5', 'garbage?workspace=1', 'plots?rev=one&rev=two', 'detail?stage=a', 'run?run=r'].flatMap((path) => [`/api/${path}`, got]), // prettier-ignore
  ]);
  answer = () => new Response('no such stage', { status: 404 });
  await assert.rejects(source['detail']!('none'), { message: 'no such stage' });
  answer = () => new Response('', { status: 401 });
  await assert.rejects(source['detail']!('a'), Refused);
});

test('news come in pieces; a lost server is asked again, later each time, and a refused page waits for a token', async (t) => {
  const texts = 'data: {"type":"problem","text":"ä"}\n\n: alive\n\ndata: {"type":"tables"}\n\ndata: {"be';
  const bytes = new TextEncoder().encode(texts);
  const inside = bytes.indexOf(0xc3) + 1;
  // In the middle of a character, and between two line ends.
  const end = texts.length + 1 - 'ndata: {"be'.length;
  const pieces = [bytes.subarray(0, inside), bytes.subarray(inside, end), bytes.subarray(end)];
  const answers: (() => unknown)[] = [
    () => new Response('busy', { status: 503 }),
    () => Promise.reject(new Error('no server')),
    () => new Response(ReadableStream.from(pieces)),
    () => Promise.reject(new Error('no server')),
    () => new Response('', { status: 401 }),
    () => new Promise(() => asked.resolve()),
  ];
  const [refused, asked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const [waits, posted, taken]: unknown[][] = [[], [], []];
  let stored: ((event: object) => void) | undefined;
  inBrowser(t, {
    localStorage: { getItem: () => 'kept' },
    fetch: () => answers.shift()!(),
    navigator: { locks: { request: (_: string, lead: () => unknown) => lead() } },
    setTimeout: (call: () => void, wait: number) => {
      waits!.push(wait);
      call();
    },
    addEventListener: (_: string, listener: (event: object) => void) => {
      stored = listener;
      refused.resolve();
    },
    removeEventListener: () => (stored = undefined),
    BroadcastChannel: class {
      addEventListener(): void {}
      postMessage(message: unknown): void {
        posted!.push(message);
      }
    },
  });
  const { listen } = (await import(SCRIPT)) as {
    readonly listen: (take: (message: unknown) => void) => void;
  };
  listen((message) => taken!.push(message));
  await refused.promise;
  const connection = (state: string): object => ({ type: 'connection', state });
  assert.deepEqual(taken, [
    connection('lost'),
    connection('open'),
    { type: 'problem', text: 'ä' },
    { type: 'tables' },
    connection('lost'),
    connection('lost'),
    connection('refused'),
  ]);
  assert.deepEqual(posted, taken, 'the other tabs hear the same');
  assert.deepEqual(waits, [500, 1000, 500, 1000]);
  stored!({ key: 'of another page' });
  assert.ok(stored);
  stored({ key: 'pipe-token' });
  await asked.promise;
  assert.equal(stored, undefined);
});
