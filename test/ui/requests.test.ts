// Who may ask the server of the page: only the page itself, on this machine.
import assert from 'node:assert/strict';
import { test } from 'node:test';
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

test('the page keeps its token, and leaves it neither in the address nor in the history', async (t) => {
  // By a name that is not checked with this file: it is for browsers.
  const script: string = '../../src/ui/page/live-source.ts';
  const { takeToken } = (await import(script)) as { readonly takeToken: () => boolean };
  const kept: unknown[] = [];
  const page = {
    location: { hash: '', pathname: '/' },
    localStorage: { setItem: (...item: readonly string[]) => kept.push(item) },
    history: { replaceState: (_: unknown, __: string, address: string) => kept.push(address) },
  };
  for (const [name, value] of Object.entries(page)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true });
    t.after(() => (before ? Object.defineProperty(globalThis, name, before) : delete (globalThis as Record<string, unknown>)[name]));
  }
  assert.equal(takeToken(), false);
  page.location.hash = '#token=a-b_c1';
  assert.equal(takeToken(), true);
  assert.deepEqual(kept, [['pipe-token', 'a-b_c1'], '/#/graph']);
}); // prettier-ignore
