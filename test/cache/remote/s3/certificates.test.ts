// To which server a bucket's requests go: to one that the authorities of the system, or the user's, vouch for.
import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { makeSpace } from '../../../hash/space.ts';
import { selfSigned } from '../certificate.ts';
import { fails } from '../fails.ts';
import { openBucket } from './bucket-server.ts';

test('a server with an unknown certificate is asked nothing, unless the user trusts it or does not want to know', async (t) => {
  const own = selfSigned();
  let asked = 0;
  const server = createServer(own, (_request, response) => {
    asked += 1;
    response.writeHead(200, { 'content-length': 7 }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const space = makeSpace(t);
  const size = async (options: Readonly<Record<string, string>>): Promise<unknown> =>
    (await openBucket(t, { url }, { allow_anonymous_login: 'true', ...options }, {})).remote.size('x');
  const refused = fails('remote-unreachable', /certificate/);
  await assert.rejects(size({}), refused);
  await assert.rejects(size({ ssl_verify: 'true' }), refused);
  await assert.rejects(size({ ssl_verify: space.write('other.pem', selfSigned().cert) }), refused);
  assert.equal(asked, 0);
  assert.equal(await size({ ssl_verify: space.write('own.pem', own.cert) }), 7);
  assert.equal(await size({ ssl_verify: 'false' }), 7);
});
