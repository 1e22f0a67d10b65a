// A server of S3 that is busy, elsewhere, slow or lets nobody in: what is asked again, and how often.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import test from 'node:test';
import { bodyToText } from '../../../../src/cache/cache.ts';
import { makeSpace } from '../../../hash/space.ts';
import { KEYS, openBucket, refuse, startBucket } from './bucket-server.ts';
import { fails } from '../fails.ts';
import { MB, read } from './reading.ts';

test('a busy server is asked again, no more than four times; a refusal is not', async (t) => {
  const server = await startBucket(t);
  server.objects.set('at/x', Buffer.from('x'));
  let left = 2;
  const busy = (status: number, code: string): void => {
    server.answer = (_, response) => left-- > 0 && refuse(response, status, code, { 'retry-after': '0' });
  };
  const { remote, retries } = await openBucket(t, server);
  busy(503, 'SlowDown');
  assert.equal(await read(remote, 'x'), 'x');
  assert.deepEqual(retries, ['SlowDown: on purpose', 'SlowDown: on purpose']);
  for (const [status, code] of [[500, 'InternalError'], [409, 'OperationAborted'], [400, 'RequestTimeout'], [400, 'BadDigest'], [429, '']] as const) {
    left = Infinity;
    server.asked.length = 0;
    busy(status, code);
    await assert.rejects(remote.write('x', { text: 'x' }, true), fails('remote-failed'));
    assert.equal(server.asked.length, 4, code);
  }
  for (const code of ['AccessDenied', 'ExpiredToken', 'RequestTimeTooSkewed']) {
    server.answer = (_, response) => refuse(response, 403, code, { 'x-amz-bucket-region': 'us-east-1' });
    server.asked.length = 0;
    await assert.rejects(read(remote, 'x'), fails('remote-refused'));
    assert.equal(server.asked.length, 1, code);
  }
  server.answer = () => false;
  server.asked.length = 0;
  assert.equal(await remote.size('none'), undefined);
  assert.deepEqual(server.asked.map(({ method, key }) => `${method} ${key}`), ['HEAD at/none', 'GET ']);
}); // prettier-ignore

test('the region and the clock of the server are believed, once each', async (t) => {
  const server = await startBucket(t);
  server.objects.set('at/x', Buffer.from('x'));
  const regionOf = (authorization = ''): string => authorization.split('/')[2]!;
  server.answer = ({ headers, method }, response) => {
    if (regionOf(headers.authorization) === 'eu-west-9') return false;
    const more = { 'x-amz-bucket-region': 'eu-west-9' };
    return method === 'HEAD'
      ? Boolean(response.writeHead(400, more).end())
      : refuse(response, 400, 'AuthorizationHeaderMalformed', more);
  };
  const { remote } = await openBucket(t, server);
  assert.equal(await remote.size('x'), 1);
  assert.equal(await read(remote, 'x'), 'x');
  assert.deepEqual(
    server.asked.slice(-2).map(({ method }) => method),
    ['HEAD', 'GET'],
    'remembered',
  );

  const late = Date.now() + 3_600_000;
  const dates: string[] = [];
  server.answer = ({ headers }, response) => {
    const date = String(headers['x-amz-date']);
    dates.push(date);
    const isRight = date.slice(0, 11) === new Date(late).toISOString().replaceAll('-', '').slice(0, 11);
    return !isRight && refuse(response, 403, 'RequestTimeTooSkewed', { date: new Date(late).toUTCString() });
  };
  const other = await openBucket(t, server);
  assert.equal(await read(other.remote, 'x'), 'x');
  assert.equal(await read(other.remote, 'x'), 'x');
  assert.equal(dates.length, 3);
  // Both are wrong.
  const skewed = server.answer;
  server.answer = (asked, response) =>
    skewed(asked, response) ||
    (regionOf(asked.headers.authorization) !== 'eu-west-9' &&
      refuse(response, 400, 'AuthorizationHeaderMalformed', { 'x-amz-bucket-region': 'eu-west-9' }));
  assert.equal(await read((await openBucket(t, server)).remote, 'x'), 'x');
  server.answer = (_, response) => refuse(response, 403, 'RequestTimeTooSkewed');
  await assert.rejects(read((await openBucket(t, server)).remote, 'x'), fails('remote-refused', /clock/));
});

test('credentials that are over are asked for again, once for all that wait', async (t) => {
  const [server, space] = [await startBucket(t), makeSpace(t)];
  server.objects.set('at/x', Buffer.from('x'));
  const count = space.path('count');
  const given = `'{"Version":1,"AccessKeyId":"key'$(grep -c x ${count})'","SecretAccessKey":"s","SessionToken":"t"}'`;
  const env = {
    AWS_CONFIG_FILE: space.write(
      'config',
      `[default]\ncredential_process = echo x >> ${count} && printf '%s' ${given}\n`,
    ),
    AWS_SHARED_CREDENTIALS_FILE: space.path('none'),
  };
  for (const key of ['key1', 'key2', 'key3']) server.secrets.set(key, 's');
  const expired = (...keys: readonly string[]): void => {
    server.answer = ({ headers }, response) =>
      keys.some((key) => headers.authorization!.includes(`=${key}/`)) &&
      refuse(response, 400, 'ExpiredToken');
  };
  expired('key1');
  const { remote } = await openBucket(t, server, {}, env);
  assert.deepEqual(await Promise.all(['x', 'x', 'x'].map((key) => read(remote, key))), ['x', 'x', 'x']);
  assert.equal(readFileSync(count, 'utf8'), 'x\nx\n');
  expired('key1', 'key2', 'key3', 'key4', 'key5', 'key6');
  for (const key of ['key4', 'key5', 'key6']) server.secrets.set(key, 's');
  await assert.rejects(read(remote, 'x'), fails('remote-refused', /new temporary credentials/));
});

test('a server that lets nobody in, says nothing, or nothing more, is not waited for without end', async (t) => {
  const server = await startBucket(t);
  const objects = { small: Buffer.from('whole'), large: Buffer.alloc(MB, 'abc') };
  const { remote } = await openBucket(t, server, {}, KEYS, true);
  assert.equal(await remote.size('small'), undefined);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const afterTicks = async (failing: Promise<void>, ms: number): Promise<void> => {
    const over = failing.then(() => true);
    const turn = (): Promise<boolean> => new Promise((resolve) => setImmediate(() => resolve(false)));
    for (let left = 100; left > 0 && !(await Promise.race([over, turn()])); left -= 1) t.mock.timers.tick(ms);
    assert.ok(await Promise.race([over, turn()]), 'it is still waited for');
  };
  const givenUp = async (key: keyof typeof objects, isBegun: boolean): Promise<void> => {
    const waits = Promise.withResolvers<void>();
    server.answer = (_, response) => {
      if (isBegun) response.writeHead(200, { 'content-length': objects[key].length, etag: '"x"' }).write('w');
      else waits.resolve();
      return true;
    };
    const reading = remote.read(key, (body) => {
      waits.resolve();
      return bodyToText(body, 64 << 20);
    });
    const failing = assert.rejects(reading, fails('remote-failed', /silent for 4 s/));
    await waits.promise;
    await afterTicks(failing, 4000);
  };
  await givenUp('small', false);
  await givenUp('small', true);
  await givenUp('large', true);

  const unreachable = await openBucket(t, server, { connect_timeout: '3' }, KEYS, true);
  const called = Promise.withResolvers<void>();
  const connect = t.mock.method(Socket.prototype, 'connect', function never(this: Socket) {
    Object.assign(this, { connecting: true });
    called.resolve();
    return this;
  });
  const asking = assert.rejects(
    unreachable.remote.size('small'),
    fails('remote-unreachable', /no connection within 3 s/),
  );
  await called.promise;
  await new Promise((resolve) => setImmediate(resolve));
  await afterTicks(asking, 3000);
  connect.mock.restore();
});
