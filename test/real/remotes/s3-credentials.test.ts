// Where credentials for S3 come from: the environment, the AWS files, programs that they name, the program `aws`, and none at all.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { makeWorkspace, runPipe, type TestWorkspace } from '../../workspace.ts';
import { install } from '../debian.ts';
import { startFaultFront } from './fault-front.ts';
import { KEYS, startMoto, startVersity } from './s3-servers.ts';

const TIMEOUT = { timeout: 900_000 };
const KEY = `aws_access_key_id = ${KEYS.AWS_ACCESS_KEY_ID}\naws_secret_access_key = ${KEYS.AWS_SECRET_ACCESS_KEY}\n`;

interface Scene {
  readonly project: TestWorkspace;
  readonly home: TestWorkspace;
  /** @returns what `push --force` printed; it has to end with the code. */
  readonly push: (code: number, env?: NodeJS.ProcessEnv) => Promise<string>;
}

/** @param options of the remote, beside its URL. */
async function makeScene(t: TestContext, options: string): Promise<Scene> {
  const project = makeWorkspace(t, {
    'pipeline.yaml': `config: {remotes: {shared: {url: s3://bucket/c${options}}}}
stages: {a: {cmd: echo a > a, outs: [a]}}
`,
  });
  await project.repro();
  const home = makeWorkspace(t, {});
  const none = Object.fromEntries(
    Object.keys(process.env).flatMap((key) => (key.startsWith('AWS_') ? [[key, undefined]] : [])),
  );
  return {
    project,
    home,
    async push(code, env = {}) {
      const base = { ...none, HOME: home.root, AWS_EC2_METADATA_DISABLED: 'true' };
      const ran = await runPipe(project.root, ['push', '--force'], { ...base, ...env });
      assert.equal(ran.code, code, ran.stdout + ran.stderr);
      return ran.stdout + ran.stderr;
    },
  };
}

test('the files: default and named profiles, region and endpoint', TIMEOUT, async (t) => {
  const server = await startVersity(t);
  const { home, project, push } = await makeScene(t, '');
  assert.match(await push(1), /remote-credentials[^]*AWS_ACCESS_KEY_ID/);
  home.write('.aws/credentials', `[default]\n${KEY}`);
  home.write('.aws/config', `[default]\nregion = us-east-1\nendpoint_url = ${server.url}\n`);
  await push(0);
  home.write('.aws/credentials', `[team]\n${KEY}`);
  home.write(
    '.aws/config',
    `[profile team]\nservices = local\n[services local]\ns3 =\n  endpoint_url = ${server.url}\n`,
  );
  assert.match(await push(1), /remote-credentials/);
  await push(0, { AWS_PROFILE: 'team' });
  assert.match(await push(1, { AWS_PROFILE: 'taem' }), /no profile 'taem'[^]*team/);
  // The remote's own profile counts more than keys in the environment.
  const other = {
    AWS_ACCESS_KEY_ID: 'other',
    AWS_SECRET_ACCESS_KEY: 'other',
    AWS_ENDPOINT_URL_S3: server.url,
  };
  assert.match(await push(1, other), /check access key/);
  const text = project.read('pipeline.yaml');
  project.write('pipeline.yaml', text.replace('s3://bucket/c', 's3://bucket/c, profile: team'));
  await push(0, other);
  // Files in other places, by the environment and by the remote.
  project.write(
    'pipeline.yaml',
    text.replace('s3://bucket/c', `s3://bucket/c, credentialpath: ${home.path('keys')}`),
  );
  home.write('keys', `[default]\n${KEY}`);
  await push(0, { AWS_ENDPOINT_URL: server.url });
});

test('keys of this machine alone; a secret in the pipeline file is refused', TIMEOUT, async (t) => {
  const server = await startVersity(t);
  const { project, push } = await makeScene(t, `, endpointurl: '${server.url}'`);
  const keys = `access_key_id: ${KEYS.AWS_ACCESS_KEY_ID}, secret_access_key: ${KEYS.AWS_SECRET_ACCESS_KEY}`;
  project.write('cache/config.yaml', `remotes: {shared: {${keys}}}\n`);
  await push(0);
  // They count more than those of the environment.
  await push(0, { AWS_ACCESS_KEY_ID: 'other', AWS_SECRET_ACCESS_KEY: 'other' });
  project.remove('cache/config.yaml');
  const text = project.read('pipeline.yaml');
  project.write('pipeline.yaml', text.replace('s3://bucket/c', `s3://bucket/c, ${keys}`));
  assert.match(await push(1), /remote-secret[^]*secret_access_key/);
});

test('a program gives them; one that the repository names is not started', TIMEOUT, async (t) => {
  const server = await startVersity(t);
  const { home, project, push } = await makeScene(
    t,
    `, endpointurl: '${server.url}', configpath: aws-config`,
  );
  const given = JSON.stringify({
    Version: 1,
    AccessKeyId: KEYS.AWS_ACCESS_KEY_ID,
    SecretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY,
  });
  home.write('give', `#!/bin/sh\necho '${given}'\n`);
  project.write('aws-config', `[default]\ncredential_process = "${home.path('give')}" --team 'a b'\n`);
  await push(0);
  home.write('give', '#!/bin/sh\necho no luck >&2; exit 3\n');
  assert.match(await push(1), /remote-credentials[^]*no luck/);
  home.write('give', `#!/bin/sh\ntouch ${home.path('started')}\necho '${given}'\n`);
  for (const args of [
    ['init', '-q'],
    ['add', '-f', 'aws-config'],
  ])
    execFileSync('git', args, { cwd: project.root });
  assert.match(await push(1), /remote-untrusted[^]*credential_process/);
  assert.throws(() => home.read('started'), /ENOENT/);
});

test('those of a container, by way of the program aws', TIMEOUT, async (t) => {
  if (spawnSync('/usr/bin/aws', ['--version']).status !== 0) install('awscli');
  const server = await startMoto(t);
  const front = await startFaultFront(t, server.url);
  const tokens: unknown[] = [];
  front.plan = ({ headers }) => void tokens.push(headers['x-amz-security-token']);
  const { push } = await makeScene(t, `, endpointurl: '${front.url}'`);
  const given = createServer((_, response) =>
    response.setHeader('content-type', 'application/json').end(
      JSON.stringify({
        AccessKeyId: KEYS.AWS_ACCESS_KEY_ID,
        SecretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY,
        Token: 'of-the-container',
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
      }),
    ),
  );
  given.listen(0, '127.0.0.1');
  await once(given, 'listening');
  t.after(() => given.close());
  const { port } = given.address() as AddressInfo;
  const env = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/`,
    AWS_DEFAULT_REGION: 'us-east-1',
  };
  await push(0, { ...env, PATH: `/usr/bin:${process.env['PATH']}` });
  assert.ok(tokens.length > 0 && tokens.every((token) => token === 'of-the-container'), String(tokens));
  assert.match(
    await push(1, { ...env, PATH: '/usr/bin/none' }),
    /remote-credentials[^]*not installed[^]*AWS CLI 2/,
  );
});

test('anonymous: no signature at all', TIMEOUT, async (t) => {
  const server = await startMoto(t);
  const front = await startFaultFront(t, server.url);
  const signatures: unknown[] = [];
  front.plan = ({ headers }) => void signatures.push(headers.authorization);
  const { push } = await makeScene(t, `, endpointurl: '${front.url}', allow_anonymous_login: true`);
  await push(0, KEYS);
  assert.ok(
    signatures.length > 0 && signatures.every((signature) => signature === undefined),
    String(signatures),
  );
});

test('encryption, access lists and storage of the key reach the server', TIMEOUT, async (t) => {
  const server = await startMoto(t);
  const front = await startFaultFront(t, server.url);
  const seen: Record<string, unknown>[] = [];
  front.plan = ({ method, headers }) => void (method === 'PUT' && seen.push(headers));
  const { project, push } = await makeScene(
    t,
    `, endpointurl: '${front.url}', sse: 'aws:kms', sse_kms_key_id: alias/team, acl: bucket-owner-full-control`,
  );
  await push(0, KEYS);
  assert.equal(seen[0]!['x-amz-server-side-encryption'], 'aws:kms');
  assert.equal(seen[0]!['x-amz-server-side-encryption-aws-kms-key-id'], 'alias/team');
  assert.equal(seen[0]!['x-amz-acl'], 'bucket-owner-full-control');
  const key = Buffer.alloc(32, 'k').toString('base64');
  const config = `remotes: {shared: {sse_customer_key: "${key}"}}\n`;
  project.write('cache/config.yaml', config);
  project.write(
    'pipeline.yaml',
    project.read('pipeline.yaml').replace(", sse: 'aws:kms', sse_kms_key_id: alias/team", ''),
  );
  seen.length = 0;
  await push(0, { ...KEYS, PIPE_REMOTE_HOST: front.url });
  assert.equal(seen[0]!['x-amz-server-side-encryption-customer-key'], key);
  project.write('cache/config.yaml', config.replace(key, 'short'));
  assert.match(await push(1, KEYS), /sse_customer_key is not a key of 32 bytes/);
});
