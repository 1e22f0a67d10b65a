// To which server credentials are sent: only to one that the user has named.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { openRemote, openTrustedHosts } from '../../../src/cache/cache.ts';
import { PipeError } from '../../../src/base/base.ts';
import type { RemoteConfig } from '../../../src/pipeline/pipeline.ts';
import { makeSpace, type Space } from '../../hash/space.ts';

type RemoteOption = NonNullable<ReturnType<NonNullable<RemoteConfig['options']>['get']>>;

interface User {
  readonly space: Space;
  /** @returns undefined where the credentials go along; else the refusal. */
  readonly open: (
    declared: Partial<RemoteConfig>,
    env?: Readonly<Record<string, string>>,
  ) => Promise<string | undefined>;
}

function user(t: TestContext): User {
  const space = makeSpace(t);
  const config = space.path('config');
  return {
    space,
    async open(declared, env = {}) {
      const web: RemoteConfig = { folder: '/project', place: () => undefined, ...declared };
      try {
        await openRemote({ remotes: new Map([['web', web]]) }, 'web', {
          root: '/project',
          env: { XDG_CONFIG_HOME: config, ...env },
        });
        return undefined;
      } catch (error) {
        assert.ok(error instanceof PipeError, String(error));
        assert.equal(error.problems[0]!.code, 'remote-untrusted');
        return JSON.stringify(error.problems[0]);
      }
    },
  };
}

const url = 'https://cache.example.org/us';

test("the environment's credentials need a host that the user named", async (t) => {
  const { open } = user(t);
  const secrets = ['PIPE_REMOTE_TOKEN', 'PIPE_REMOTE_PASSWORD', 'PIPE_REMOTE_WEB_TOKEN'];
  for (const variable of secrets) {
    const refusal = await open({ url }, { [variable]: 's3cret' });
    assert.match(
      refusal ?? '',
      new RegExp(`${variable}.*pipe remote trust web.*_HOST=cache\\.example\\.org`),
    );
    assert.doesNotMatch(refusal!, /s3cret/);
  }
  // A header of the repository's choice is no way around, nor a name in the URL.
  assert.ok(await open({ url, header: 'x-key' }, { PIPE_REMOTE_PASSWORD: 'p' }));
  assert.ok(await open({ url: 'https://ada@cache.example.org/' }, { PIPE_REMOTE_PASSWORD: 'p' }));
  // Under another scheme it is the same server.
  const webdav = url.replace('https', 'webdavs');
  assert.match(
    (await open({ url: webdav }, { PIPE_REMOTE_TOKEN: 't' }))!,
    /not sent to https:\/\/cache\.example\.org/,
  );
  assert.equal(
    await open({ url: webdav }, { PIPE_REMOTE_TOKEN: 't', PIPE_REMOTE_HOST: 'cache.example.org' }),
    undefined,
  );
  // Without credentials of the user there is nothing to protect.
  assert.equal(await open({ url }), undefined);
  assert.equal(await open({ url: 'https://ada:theirs@cache.example.org/' }), undefined);
  assert.equal(await open({ url }, { PIPE_REMOTE_USER: 'ada' }), undefined);
});

test('a variable names the host: with its port, and without https only if it says so', async (t) => {
  const { open } = user(t);
  const named = async (url: string, host: string): Promise<boolean> =>
    (await open({ url }, { PIPE_REMOTE_TOKEN: 't', PIPE_REMOTE_HOST: host })) === undefined;
  assert.ok(await named(url, 'cache.example.org'));
  assert.ok(await named(url, 'https://cache.example.org/anything'));
  assert.ok(await named('https://cache.example.org:8443/', 'cache.example.org:8443'));
  assert.ok(await named('http://cache.example.org/', 'http://cache.example.org'));
  assert.ok(!(await named('http://cache.example.org/', 'cache.example.org')));
  assert.ok(!(await named('https://cache.example.org:8443/', 'cache.example.org')));
  for (const evil of [
    'cache.example.org.evil.net',
    'evil.net/cache.example.org',
    'cache.example.org@evil.net',
  ])
    assert.ok(!(await named(`https://${evil}/`, 'cache.example.org')), evil);
  const byName = { PIPE_REMOTE_WEB_TOKEN: 't', PIPE_REMOTE_WEB_HOST: 'cache.example.org' };
  assert.equal(await open({ url }, byName), undefined);
  const both = { PIPE_REMOTE_TOKEN: 't', PIPE_REMOTE_HOST: 'cache.example.org' };
  assert.equal(await open({ url }, { ...both, PIPE_REMOTE_WEB_HOST: 'other.example.org' }), undefined);
  assert.equal((await open({ url }, { PIPE_REMOTE_TOKEN: 't', PIPE_REMOTE_HOST: '' })) === undefined, false);
});

test('what the user said once holds for this project, this remote and this server', async (t) => {
  const { open, space } = user(t);
  const hosts = openTrustedHosts({ XDG_CONFIG_HOME: space.path('config') });
  hosts.trust('/project', 'web', 'https://cache.example.org');
  const env = { PIPE_REMOTE_TOKEN: 't' };
  assert.equal(await open({ url }, env), undefined);
  assert.match((await open({ url: 'https://evil.net/' }, env))!, /named before.*cache\.example\.org/);
  assert.ok(await open({ url: 'http://cache.example.org/' }, env), 'not in plain text');
  hosts.trust('/other', 'web', 'https://evil.net');
  hosts.trust('/project', 'second', 'https://second.example.org');
  assert.equal(hosts.origin('/other', 'web'), 'https://evil.net');
  assert.equal(hosts.origin('/project', 'web'), 'https://cache.example.org');
  for (const damaged of ['[1, "x"', 'null', '7']) {
    space.write('config/pipe/trusted-hosts.json', damaged);
    assert.ok(await open({ url }, env), damaged);
  }
  assert.ok(await open({ url }, { ...env, PIPE_REMOTE_WEB_HOST: 'http://[' }), 'no host');
});

test('credentials of this machine go to the server that the remote had first, and to no other', async (t) => {
  const { open } = user(t);
  assert.equal(await open({ url, password: 'p' }), undefined);
  assert.equal(await open({ url, token: 'other' }), undefined);
  assert.match((await open({ url: 'https://evil.net/', password: 'p' }))!, /pipe remote trust web/);
  // What is declared for all projects of the user was not meant for a server that a clone names.
  assert.ok(await user(t).open({ url, password: 'p', usersSecrets: true }));
});

test("the user's own configuration names hosts; a file that came with the clone does not", async (t) => {
  const { open, space } = user(t);
  const urlFile = space.write('clone/cache/config.yaml', 'remotes: {}');
  const env = { PIPE_REMOTE_TOKEN: 't' };
  assert.equal(await open({ url, urlFile }, env), undefined, 'no git here');
  const git = (...args: string[]): void =>
    void execFileSync('git', args, { cwd: space.path('clone'), stdio: 'ignore' });
  git('init');
  assert.equal(await open({ url, urlFile }, env), undefined);
  // Where git cannot say whose file it is, it is not the user's.
  space.write('clone/.git/index', 'damaged');
  assert.ok(await open({ url, urlFile }, env));
  rmSync(space.path('clone/.git/index'));
  git('add', '-f', 'cache/config.yaml');
  assert.ok(await open({ url, urlFile }, env));
  // By way of a link, too.
  symlinkSync('cache', space.path('clone/link'));
  assert.ok(await open({ url, urlFile: space.path('clone/link/config.yaml') }, env));
  symlinkSync('cache/config.yaml', space.path('clone/mine.yaml'));
  assert.ok(await open({ url, urlFile: space.path('clone/mine.yaml') }, env));
  // A link that came with the clone, too, wherever it leads.
  symlinkSync(space.write('elsewhere.yaml', 'remotes: {}'), space.path('clone/theirs.yaml'));
  git('add', 'theirs.yaml');
  assert.ok(await open({ url, urlFile: space.path('clone/theirs.yaml') }, env));
});

test('a key signs nothing for a server that the user has not named; to check signatures it is free', async (t) => {
  const space = makeSpace(t);
  const web: RemoteConfig = { folder: '/project', place: () => undefined, url };
  const env = { XDG_CONFIG_HOME: space.path('config'), PIPE_REMOTE_KEY: 'k' };
  const open = (more = {}): ReturnType<typeof openRemote> =>
    openRemote({ remotes: new Map([['web', web]]) }, 'web', { root: '/project', env: { ...env, ...more } });
  assert.equal((await open()).key, 'k');
  assert.equal((await open({ PIPE_REMOTE_WEB_KEY: 'own' })).key, 'own', 'that of this remote first');
  const remote = await open();
  assert.throws(() => remote.permitSigning(), /only the repository names this server/);
  (await open({ PIPE_REMOTE_HOST: 'cache.example.org' })).permitSigning();
});

test('so it is with passwords for ssh and with keys that encrypt a bucket', async (t) => {
  const { open } = user(t);
  const password = { PIPE_REMOTE_PASSWORD: 'p' };
  assert.match((await open({ url: 'ssh://big/x' }, password))!, /not sent to ssh:\/\/big/);
  assert.equal(await open({ url: 'ssh://big/x' }, { ...password, PIPE_REMOTE_HOST: 'ssh://big' }), undefined);
  assert.ok(await open({ url: 'ssh://big:2222/x' }, { ...password, PIPE_REMOTE_HOST: 'ssh://big' }));
  assert.equal(await open({ url: 'ssh://big:22/x' }, { ...password, PIPE_REMOTE_HOST: 'ssh://big' }), undefined);
  const option = (value: string): RemoteOption => ({ value, folder: '/', shared: false, place: () => undefined });
  const key = option(Buffer.alloc(32).toString('base64'));
  const bucket = (endpoint: string): Partial<RemoteConfig> => ({
    url: 's3://bucket/x',
    options: new Map([['sse_customer_key', key], ['endpointurl', option(endpoint)]]),
  });
  assert.equal(await open(bucket('https://minio')), undefined);
  assert.match((await open(bucket('https://evil.net')))!, /not sent to https:\/\/evil\.net.*named before.*https:\/\/minio/);
}); // prettier-ignore

test('a host that is named for the default remote is named for no other', async (t) => {
  const space = makeSpace(t);
  const remotes = new Map(['web', 'other'].map((name): [string, RemoteConfig] => [name, { url, folder: '/project', place: () => undefined }]));
  const env = { XDG_CONFIG_HOME: space.path('config'), PIPE_REMOTE_HOST: 'cache.example.org', PIPE_REMOTE_OTHER_TOKEN: 't', PIPE_REMOTE_TOKEN: 't' };
  await openRemote({ remotes, remote: 'web' }, 'web', { root: '/project', env });
  await assert.rejects(openRemote({ remotes, remote: 'web' }, 'other', { root: '/project', env }), /only the repository names this server/);
}); // prettier-ignore
