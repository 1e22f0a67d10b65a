import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { chooseRemote, connectionFailure, openRemote, Transient } from '../../../src/cache/cache.ts';
import { PipeError } from '../../../src/base/base.ts';
import type { RemoteConfig, RemotesConfig } from '../../../src/pipeline/pipeline.ts';
import { startFileServer } from './file-server.ts';

type RemoteOption = NonNullable<ReturnType<NonNullable<RemoteConfig['options']>['get']>>;

function config(remotes: Readonly<Record<string, Partial<RemoteConfig>>>, remote?: string): RemotesConfig {
  const declared = Object.entries(remotes).map(
    ([name, one]) => [name, { folder: '/project', place: () => undefined, ...one }] as const,
  );
  return { remotes: new Map(declared), ...(remote !== undefined && { remote }) };
}

/** A user who has named no server yet. */
const here = { root: '/project', env: { XDG_CONFIG_HOME: mkdtempSync(join(tmpdir(), 'pipe-remotes-')) } };
after(() => rmSync(here.env.XDG_CONFIG_HOME, { recursive: true }));

const problemOf = async (work: () => unknown): Promise<{ code: string; text: string }> => {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof PipeError);
    return { code: error.problems[0]!.code, text: JSON.stringify(error.problems[0]) };
  }
  throw new assert.AssertionError({ message: 'nothing was refused' });
};

test('the one that is named, the default, or the only one', async () => {
  assert.equal(chooseRemote(config({ a: {} }), undefined), 'a');
  assert.equal(chooseRemote(config({ a: {}, b: {} }, 'b'), undefined), 'b');
  assert.equal(chooseRemote(config({ a: {}, b: {} }, 'b'), 'a'), 'a');
  assert.equal(chooseRemote(config({ a: {}, b: {} }), 'B'), 'b');
  assert.match((await problemOf(() => chooseRemote(config({ a: {}, b: {} }), undefined))).text, /a, b/);
  assert.match((await problemOf(() => chooseRemote(config({ shared: {} }), 'shard'))).text, /did you mean/);
  assert.equal((await problemOf(() => chooseRemote(undefined, undefined))).code, 'no-remote');
});

test('a failure of the network may go well another time, one of this machine does not', () => {
  const failed = (code: string): Error =>
    Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(code), { code }) });
  assert.ok(connectionFailure(failed('ECONNRESET')) instanceof Transient);
  assert.ok(!(connectionFailure(failed('EMFILE')) instanceof Transient), 'too many open files');
});

test('the number of transfers at a time is the declared one, else that of the kind of remote', async () => {
  const jobs = async (url: string, value?: string): Promise<number | undefined> => {
    const option = { value, folder: '/', shared: false, place: () => undefined } as unknown as RemoteOption;
    const options = new Map(value === undefined ? [] : [['jobs', option]]);
    return (await openRemote(config({ r: { url, options } }), 'r', here)).jobs;
  };
  assert.deepEqual([await jobs('/mnt/x'), await jobs('/mnt/x', '3'), await jobs('/mnt/x', '2.5')], [undefined, 3, 3]);
  assert.deepEqual([await jobs('rclone://cloud/x'), await jobs('rclone://cloud/x', '3')], [128, 3]);
}); // prettier-ignore

test('a folder is relative to where it is declared', async () => {
  const url = async (url: string): Promise<string> =>
    (await openRemote(config({ r: { url } }), 'r', here)).url;
  assert.equal(await url('../shared'), '/shared');
  assert.equal(await url('/mnt/x'), '/mnt/x');
  assert.equal(await url('file:///mnt/a%20b'), '/mnt/a b');
  assert.equal(await url('https://host/cache'), 'https://host/cache/');
  assert.equal(await url('~/cache'), join(homedir(), 'cache'));
});

test('other kinds are refused, each with what to do instead', async () => {
  for (const [url, pattern] of [
    ['s3:///x', /names no bucket/],
    ['abfs://bucket/x', /rclone/],
    ['gs://bucket', /rclone/],
    ['rclone://:sftp,ssh=x:/y', /no name of an rclone remote/],
    ['ssh://-oProxyCommand=x/y', /no name of a host/],
    ['ssh://$(x)@host/y', /no name of a user/],
    ['ssh://host:99999/y', /no port/],
    ['ssh:///y', /no host/],
    ['remote://other/x', /whole URL/],
    ['http://', /cannot be read/],
    ['', /no URL/],
  ] as const) {
    const { code, text } = await problemOf(() => openRemote(config({ r: { url } }), 'r', here));
    assert.equal(code, 'remote-unsupported');
    assert.match(text, pattern);
  }
  for (const [url, shown] of [
    ['ssh://ada@host:2222/data/', 'ssh://ada@host:2222/data'],
    ['ssh://ada:secret@host:/data', 'ssh://ada@host/data'],
    ['ssh://[::1]/~/data', 'ssh://[::1]/~/data'],
    ['sftp://big', 'ssh://big'],
    ['webdavs://host/dav', 'https://host/dav/'],
  ] as const)
    assert.equal((await openRemote(config({ r: { url } }), 'r', { ...here, root: url })).url, shown);
  const foreign = config({ r: { url: '/x', foreign: 'version_aware' } });
  assert.match((await problemOf(() => openRemote(foreign, 'r', here))).text, /version_aware.*dvc push/);
});

test('credentials: by name from the environment, unnamed for the default remote only, then what is declared', async (t) => {
  const server = await startFileServer(t);
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
  const sent = async (
    one: Partial<RemoteConfig>,
    env: Readonly<Record<string, string>>,
    name = 'r',
  ): Promise<string | undefined> => {
    const remote = await openRemote(
      config({ r: {}, 'my-nas': {}, [name]: { url: server.url, ...one } }, 'r'),
      name,
      {
        ...here,
        env: { ...here.env, PIPE_REMOTE_HOST: server.url, PIPE_REMOTE_MY_NAS_HOST: server.url, ...env },
      },
    );
    await remote.size('x');
    return server.requests.at(-1)?.headers.authorization;
  };
  assert.equal(await sent({}, {}), undefined);
  assert.equal(await sent({}, { PIPE_REMOTE_TOKEN: 't' }), 'Bearer t');
  assert.equal(await sent({}, { PIPE_REMOTE_TOKEN: 't' }, 'my-nas'), undefined);
  assert.equal(await sent({}, { PIPE_REMOTE_MY_NAS_TOKEN: 't' }, 'my-nas'), 'Bearer t');
  const dotted = { PIPE_REMOTE_A__B_TOKEN: 't', PIPE_REMOTE_A__B_HOST: server.url };
  assert.equal(await sent({}, dotted, 'a.-b'), 'Bearer t');
  assert.equal(await sent({ user: 'ada', password: 'p' }, {}), basic('ada:p'));
  assert.equal(await sent({ user: 'ada' }, { PIPE_REMOTE_PASSWORD: 'e' }), basic('ada:e'));
  assert.equal(await sent({ token: 'declared' }, { PIPE_REMOTE_R_TOKEN: 'env' }), 'Bearer env');
  const withPassword = server.url.replace('://', '://a%2Fda:a%40b@');
  assert.equal(await sent({ url: withPassword }, {}), basic('a/da:a@b'));
  assert.equal(await sent({ url: withPassword, user: 'bob', password: 'p' }, {}), basic('bob:p'));
  assert.equal(await sent({ url: withPassword, password: 'p' }, {}), basic('a/da:p'));
  const withPercents = server.url.replace('://', '://50%:100%25%@');
  assert.equal(await sent({ url: withPercents }, {}), basic('50%:100%25%'));
  assert.ok(!(await openRemote(config({ r: { url: withPassword } }), 'r', here)).url.includes('a%2Fda'));
  await sent({ header: 'x-key', password: 'p' }, {});
  assert.equal(server.requests.at(-1)?.headers['x-key'], 'p');
  const posting = await openRemote(config({ r: { url: server.url, method: 'POST' } }), 'r', here);
  await posting.write('x', { text: 'x' }, true);
  assert.equal(server.requests.at(-1)?.method, 'POST');
  const option = (value: string): RemoteOption => ({
    value,
    folder: '/',
    shared: false,
    place: () => undefined,
  });
  const dav = { url: server.url.replace('http', 'webdav'), options: new Map([['token', option('dav')]]) };
  assert.equal(await sent(dav, {}), 'Bearer dav');
  assert.equal(await sent(dav, { PIPE_REMOTE_TOKEN: 't' }), 'Bearer t');
  await sent(
    { url: dav.url, password: 'p', options: new Map([['custom_auth_header', option('x-dav')]]) },
    {},
  );
  assert.equal(server.requests.at(-1)?.headers['x-dav'], 'p');
});

test('what no header can carry is refused, and not shown', async () => {
  const remote = config({ r: { url: 'https://host/', token: 'se\ncret' } });
  const { code, text } = await problemOf(() => openRemote(remote, 'r', here));
  assert.equal(code, 'bad-value');
  assert.ok(!text.includes('cret'));
});

test('what is declared beside the URL reaches the one that is opened', async () => {
  const options = (texts: Readonly<Record<string, string>>, shared = false): Partial<RemoteConfig> => ({
    options: new Map(Object.entries(texts).map(([name, value]) => [name, { value, folder: '/project', shared, place: () => undefined }])),
  });
  const open = (one: Partial<RemoteConfig>): ReturnType<typeof openRemote> => openRemote(config({ r: { url: '/x', ...one } }), 'r', here);
  const plain = await open({});
  assert.deepEqual([plain.readOnly, plain.trust, plain.key, plain.jobs], [false, false, undefined, undefined]);
  const all = await open({ readOnly: true, trust: true, key: 'k', ...options({ jobs: '2.5' }) });
  assert.deepEqual([all.readOnly, all.trust, all.key, all.jobs], [true, true, 'k', 3]);
  for (const jobs of ['0', '-1', 'many']) assert.equal((await problemOf(() => open(options({ jobs })))).code, 'bad-value');
  assert.equal((await open({ url: 'ssh://host/x' })).jobs, 32);
  const beside = await open({ url: 'ssh://ada@host:22/x', user: 'bob', ...options({ port: '2222' }) });
  assert.equal(beside.url, 'ssh://bob@host:2222/x');
  const named = config({ r: { url: 'ssh://ada@host/x', user: 'bob' } });
  assert.equal((await openRemote(named, 'r', { ...here, env: { ...here.env, PIPE_REMOTE_R_USER: 'eve' } })).url, 'ssh://eve@host/x');
  // What stands beside the URL is a name and a port no less.
  for (const [wrong, pattern] of [[{ user: '-oProxyCommand=x' }, /no name of a user/], [options({ port: '99999' }), /no port/]] as const)
    assert.match((await problemOf(() => open({ url: 'ssh://host/x', ...wrong }))).text, pattern);
  for (const secret of ['secret_access_key', 'session_token', 'sse_customer_key', 'passphrase']) {
    const { code, text } = await problemOf(() => open(options({ [secret]: 's3cret' }, true)));
    assert.deepEqual([code, text.includes('s3cret')], ['remote-secret', false], secret);
    await open(options({ [secret]: 's3cret' }));
  }
  // Behind an option that is no secret, too; the line that is shown ends before it.
  const line = { file: 'pipeline.yaml', line: 2, text: 'passphrase: s3cret' };
  const shared = (value: string): RemoteOption => ({ value, folder: '/', shared: true, place: () => line });
  const second = await problemOf(() => open({ options: new Map([['jobs', shared('2')], ['passphrase', shared('s3cret')]]) }));
  assert.deepEqual([second.code, second.text.includes('s3cret'), second.text.includes('pipeline.yaml')], ['remote-secret', false, true]);
  // DVC's names of what a WebDAV server wants.
  const dav = (texts: Readonly<Record<string, string>>): ReturnType<typeof openRemote> => open({ url: 'webdavs://host/dav', ...options(texts) });
  for (const name of ['cert_path', 'key_path', 'bearer_token_command']) assert.match((await problemOf(() => dav({ [name]: 'x' }))).text, new RegExp(`option ${name} is not known`));
  assert.match((await problemOf(() => dav({ token: 'se\ncret' }))).text, /no header of HTTP can carry/);
}); // prettier-ignore

test('which kind a URL is of', async () => {
  const kind = async (url: string, rclone?: string): Promise<string> => {
    const options = new Map(rclone === undefined ? [] : [['rclone', { value: rclone, folder: '/', shared: false, place: () => undefined }]]);
    const { url: shown } = await openRemote(config({ r: { url, options } }), 'r', here);
    return shown;
  };
  assert.match(await kind('s3://bucket/x', 'other'), /by rclone as other:bucket\/x/);
  assert.match(await kind('GS://ada:pw@bucket/x', 'other'), /^GS:\/\/bucket\/x, by rclone/);
  assert.equal(await kind('S3://bucket/x'), 'S3://bucket/x');
  assert.equal(await kind('/x', 'other'), '/x');
  assert.equal(await kind('WEBDAV://host:81/x'), 'http://host:81/x/');
  assert.match((await problemOf(() => kind('constructor://x'))).text, /is not supported/);
}); // prettier-ignore
