// Where credentials for S3 come from: the environment, the AWS files, programs that they name, the program `aws`, and none at all.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { makeWorkspace, runPipe, type TestWorkspace } from '../../workspace.ts';
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

/** A service of the place where the program runs, as AWS documents it. */
async function serve(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const given = (token: string): string =>
  JSON.stringify({
    AccessKeyId: KEYS.AWS_ACCESS_KEY_ID,
    SecretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY,
    Token: token,
    Expiration: new Date(Date.now() + 3_600_000).toISOString(),
  });

/** A server of S3, and the tokens of the requests that it got. */
async function makeNoting(
  t: TestContext,
): Promise<{ readonly url: string; readonly moto: string; readonly tokens: unknown[] }> {
  const server = await startMoto(t);
  const front = await startFaultFront(t, server.url);
  const tokens: unknown[] = [];
  front.plan = ({ headers }) => void tokens.push(headers['x-amz-security-token']);
  return { url: front.url, moto: server.url, tokens };
}

const REGION = { AWS_DEFAULT_REGION: 'us-east-1' };
/** No program `aws` is found, and no other but those of the system's shell. */
const WITHOUT_AWS = { PATH: '/none' };

test('those of a container, with the token that it is given', TIMEOUT, async (t) => {
  const { url, tokens } = await makeNoting(t);
  const { push, home } = await makeScene(t, `, endpointurl: '${url}'`);
  const asked: unknown[] = [];
  const container = await serve(t, ({ headers, url: path }, response) => {
    asked.push(`${path} ${headers.authorization}`);
    if (headers.authorization !== 'Bearer ours') response.writeHead(403).end();
    else response.end(given('of-the-container'));
  });
  const env = { ...REGION, ...WITHOUT_AWS, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${container}/v2/creds` };
  await push(0, { ...env, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'Bearer ours' });
  home.write('token', 'Bearer ours\n');
  await push(0, { ...env, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: home.path('token') });
  assert.deepEqual([...new Set(tokens)], ['of-the-container']);
  assert.deepEqual([...new Set(asked)], ['/v2/creds Bearer ours']);
  assert.match(await push(1, env), /credentials of the container cannot be had[^]*status 403/);
  assert.match(
    await push(1, { ...env, AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://example.org/creds' }),
    /neither https nor of this machine/,
  );
  assert.match(
    await push(1, { ...env, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: home.path('none') }),
    /'.*none' cannot be read \(ENOENT\)/,
  );
});

test('those of a machine of AWS; a service that does not answer is not waited for', TIMEOUT, async (t) => {
  const { url, tokens } = await makeNoting(t);
  const { push } = await makeScene(t, `, endpointurl: '${url}'`);
  const asked: string[] = [];
  const machine = await serve(t, ({ method, url: path, headers }, response) => {
    asked.push(`${method} ${path}`);
    if (method === 'PUT') return void response.end('a-session');
    if (headers['x-aws-ec2-metadata-token'] !== 'a-session') return void response.writeHead(401).end();
    response.end(path!.endsWith('/') ? 'the-role' : given('of-the-machine'));
  });
  const env = {
    ...REGION,
    ...WITHOUT_AWS,
    AWS_EC2_METADATA_DISABLED: undefined,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: machine,
    AWS_METADATA_SERVICE_TIMEOUT: '30',
  };
  await push(0, env);
  assert.deepEqual([...new Set(tokens)], ['of-the-machine']);
  const roles = '/latest/meta-data/iam/security-credentials/';
  assert.deepEqual(asked, ['PUT /latest/api/token', `GET ${roles}`, `GET ${roles}the-role`]);
  assert.match(await push(1, { ...env, AWS_EC2_METADATA_DISABLED: 'true' }), /there are no credentials/);
  const silent = await serve(t, () => undefined);
  assert.match(
    await push(1, { ...env, AWS_EC2_METADATA_SERVICE_ENDPOINT: silent, AWS_METADATA_SERVICE_TIMEOUT: '1' }),
    /there are no credentials/,
  );
});

test('the role of a service account, for its token', TIMEOUT, async (t) => {
  const { url, moto, tokens } = await makeNoting(t);
  const { push, home } = await makeScene(t, `, endpointurl: '${url}'`);
  home.write('token', 'a.b.c');
  const env = {
    ...REGION,
    ...WITHOUT_AWS,
    AWS_ENDPOINT_URL_STS: moto,
    AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/pushes',
    AWS_WEB_IDENTITY_TOKEN_FILE: home.path('token'),
  };
  await push(0, env);
  assert.ok(
    tokens.every((token) => typeof token === 'string' && token.length > 50),
    String(tokens),
  );
  const refusing = await serve(t, (_, response) =>
    response
      .writeHead(400)
      .end('<ErrorResponse><Error><Message>Not &amp; yet</Message></Error></ErrorResponse>'),
  );
  assert.match(
    await push(1, { ...env, AWS_ENDPOINT_URL_STS: refusing }),
    /the role arn:aws:iam::123456789012:role\/pushes cannot be had[^]*Not & yet/,
  );
});

test('a role that a profile assumes, with the keys of another', TIMEOUT, async (t) => {
  const { url, moto, tokens } = await makeNoting(t);
  const sts = await startFaultFront(t, moto);
  const signed: unknown[] = [];
  sts.plan = ({ headers }) => void signed.push(headers.authorization);
  const { push, home } = await makeScene(t, `, endpointurl: '${url}', profile: pushes`);
  home.write('.aws/credentials', `[base]\n${KEY}`);
  const role = '[profile pushes]\nrole_arn = arn:aws:iam::123456789012:role/pushes\nregion = eu-west-1\n';
  home.write('.aws/config', `${role}source_profile = base\nexternal_id = x y\nduration_seconds = 900\n`);
  const env = { ...WITHOUT_AWS, AWS_ENDPOINT_URL_STS: sts.url };
  await push(0, env);
  assert.ok(
    tokens.every((token) => typeof token === 'string' && token.length > 50),
    String(tokens),
  );
  assert.match(String(signed[0]), /Credential=ours\/\d{8}\/eu-west-1\/sts\/aws4_request/);
  home.write('.aws/config', `${role}credential_source = Environment\n`);
  await push(0, { ...env, ...KEYS });
  assert.match(await push(1, env), /remote-credentials[^]*not installed[^]*AWS CLI 2/);
  // A code has to be typed in: only `aws` does that.
  home.write('.aws/config', `${role}source_profile = base\nmfa_serial = arn:aws:iam::1:mfa/ada\n`);
  assert.match(await push(1, env), /remote-credentials[^]*not installed[^]*AWS CLI 2/);
  home.write('.aws/config', `${role}source_profile = base\n`);
  const refusing = await serve(t, (_, response) =>
    response.writeHead(403).end('<ErrorResponse><Error><Message>Not yours</Message></Error></ErrorResponse>'),
  );
  assert.match(
    await push(1, { ...env, AWS_ENDPOINT_URL_STS: refusing }),
    /the role arn:aws:iam::123456789012:role\/pushes cannot be had[^]*Not yours/,
  );
});

test(
  'single sign-on, by way of the program aws: asked for the profile; what to do once it is over',
  TIMEOUT,
  async (t) => {
    const { url, tokens } = await makeNoting(t);
    const { push, home } = await makeScene(t, `, endpointurl: '${url}', profile: research`);
    home.write(
      '.aws/config',
      '[profile research]\nsso_session = team\nsso_account_id = 1\nsso_role_name = r\nregion = us-east-1\n[sso-session team]\nsso_start_url = https://example.org/start\n',
    );
    // No portal can be had here: a program of this name answers as the real one does.
    const text = JSON.stringify({
      Version: 1,
      AccessKeyId: KEYS.AWS_ACCESS_KEY_ID,
      SecretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY,
      SessionToken: 'of-sso',
    });
    home.write('bin/aws', `#!/bin/sh\necho "$*" >> ${home.path('asked')}\necho '${text}'\n`);
    const env = { PATH: `${home.path('bin')}:${process.env['PATH']}` };
    await push(0, env);
    assert.equal(home.read('asked'), 'configure export-credentials --format process --profile research\n');
    assert.deepEqual([...new Set(tokens)], ['of-sso']);
    home.write(
      'bin/aws',
      '#!/bin/sh\necho "Error when retrieving token from sso: Token has expired and refresh failed" >&2\nexit 255\n',
    );
    assert.match(
      await push(1, env),
      /remote-credentials[^]*Token has expired[^]*`aws sso login --profile research`/,
    );
  },
);

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

test(
  'keys of a customer go with each request about an object, in parts and ranges too',
  TIMEOUT,
  async (t) => {
    const server = await startMoto(t);
    const front = await startFaultFront(t, server.url);
    const [key, fields] = [Buffer.alloc(32, 'k').toString('base64'), 'x-amz-server-side-encryption-customer'];
    const without: string[] = [];
    let encrypted = 0;
    front.plan = ({ method, path, headers }) => {
      const isObject = /\/bucket\/c\/objects\/\w/.test(path);
      if (path.endsWith('?uploads=')) assert.equal(headers['x-amz-acl'], 'private');
      if (isObject && headers[`${fields}-key`] === key) encrypted += 1;
      else if (isObject) without.push(`${method} ${path}`);
      return undefined;
    };
    const { project, push } = await makeScene(t, `, endpointurl: '${front.url}', acl: private`);
    project.write('cache/config.yaml', `remotes: {shared: {sse_customer_key: "${key}"}}\n`);
    project.write(
      'pipeline.yaml',
      project
        .read('pipeline.yaml')
        .replace('{a:', '{b: {cmd: head -c 40000000 /dev/urandom > b, outs: [b]}, a:'),
    );
    await project.repro();
    await push(0, { ...KEYS, PIPE_REMOTE_HOST: front.url });
    project.remove('cache/objects');
    project.remove('b');
    const ran = await runPipe(project.root, ['pull'], {
      ...process.env,
      ...KEYS,
      PIPE_REMOTE_HOST: front.url,
    });
    assert.equal(ran.code, 0, ran.stderr);
    const kinds = ['POST', 'PUT', 'GET'].map((method) =>
      front.asked.filter((line) => line.startsWith(method)),
    );
    assert.ok(
      kinds.every(({ length }) => length >= 2),
      front.asked.join('\n'),
    );
    assert.deepEqual(without, []);
    assert.ok(encrypted > 8, front.asked.join('\n'));
  },
);
