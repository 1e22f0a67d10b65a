// Where credentials of S3 come from.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import test from 'node:test';
import { PipeError } from '../../../../src/base/base.ts';
import { findCredentials, readAwsProfile } from '../../../../src/cache/cache.ts';
import { makeSpace, type Space } from '../../../hash/space.ts';
import { startFileServer } from '../file-server.ts';

type Texts = Readonly<Record<string, string>>;

interface Asking {
  readonly env?: Texts;
  /** Declared for the remote. */
  readonly profile?: string;
}

/** @returns access key, secret, token, and whether they can be asked for again. */
async function found(space: Space, { env = {}, profile }: Asking = {}): Promise<readonly unknown[]> {
  const all = { HOME: space.root, PATH: `${space.path('bin')}:/usr/bin:/bin`, AWS_EC2_METADATA_DISABLED: 'true', ...env };
  const credentials = await findCredentials({
    remote: 'b',
    env: all,
    profile: readAwsProfile({ env: all, profile }),
    profileIsDeclared: profile !== undefined,
    region: 'here',
  });
  return [credentials.accessKeyId, credentials.secretAccessKey, credentials.sessionToken, credentials.temporary];
} // prettier-ignore

const KEY = 'aws_access_key_id = file\naws_secret_access_key = f\n';
const ENVIRONMENT = { AWS_ACCESS_KEY_ID: 'env', AWS_SECRET_ACCESS_KEY: 'e' };
const given = (id: string, token = 'SessionToken'): string =>
  JSON.stringify({ Version: 1, AccessKeyId: id, SecretAccessKey: 's', [token]: 't' });

test('credentials: the environment, a declared profile, the files, a program, aws itself', async (t) => {
  const space = makeSpace(t);
  await assert.rejects(found(space), /there are no credentials/);
  const aws = (text: string): string => space.write('bin/aws', `#!/bin/sh\n${text}\n`, 0o755);
  aws(`printf '%s' '${given('aws')}'; echo "$* $AWS_CONFIG_FILE" > "$HOME/asked"`);
  assert.deepEqual(await found(space), ['aws', 's', 't', true]);
  space.write('.aws/config', `[profile team]\ncredential_process = printf '%s' '${given('program')}'\n[profile sso]\nsso_session = x\n${KEY}`);
  assert.deepEqual(await found(space, { profile: 'team' }), ['program', 's', 't', true]);
  assert.deepEqual(await found(space, { env: { AWS_PROFILE: 'sso' } }), ['aws', 's', 't', true]);
  assert.equal(
    execFileSync('cat', [space.path('asked')], { encoding: 'utf8' }),
    `configure export-credentials --format process --profile sso ${space.path('.aws/config')}\n`,
  );
  space.write('.aws/credentials', `[default]\n${KEY}aws_session_token = ft\n[team]\n${KEY.replaceAll('file', 'team')}`);
  assert.deepEqual(await found(space), ['file', 'f', 'ft', false]);
  assert.deepEqual(await found(space, { profile: 'team' }), ['team', 'f', undefined, false]);
  assert.deepEqual(await found(space, { env: { ...ENVIRONMENT, AWS_SESSION_TOKEN: 'et' } }), ['env', 'e', 'et', false]);
  assert.deepEqual(await found(space, { env: ENVIRONMENT, profile: 'team' }), ['team', 'f', undefined, false]);
  await assert.rejects(found(space, { env: { AWS_ACCESS_KEY_ID: 'half', AWS_SECRET_ACCESS_KEY: '' } }), problem(/the environment.*"missing","AWS_SECRET/));
  assert.deepEqual(await found(space, { env: { AWS_SECRET_ACCESS_KEY: 'half' } }), ['file', 'f', 'ft', false]);
  // A program counts more than keys beside it, and less than those in the file for them.
  space.write('.aws/config', `[default]\n${KEY}credential_process = printf '%s' '${given('program')}'\n`);
  assert.deepEqual(await found(space), ['file', 'f', 'ft', false]);
  assert.deepEqual(await found(space, { env: { AWS_SHARED_CREDENTIALS_FILE: '/none' } }), ['program', 's', 't', true]);

  space.write('.aws/config', '[profile on]\nsso_start_url = x\n');
  aws('exit 1');
  await assert.rejects(found(space, { profile: 'on' }), problem(/aws sso login --profile on/));

  // What fails is said, without what it printed where that can be a secret.
  for (const [text, reason] of [
    ['echo s3cret', /not of the form/],
    ['echo said >&2; exit 3', /said/],
    ['exit 3', /ended with code 3/],
  ] as const) {
    space.write('.aws/config', `[profile fails]\ncredential_process = ${text.replace(';', '\\;')}\n`);
    aws(text);
    const failure: unknown = await found(space, { env: { AWS_PROFILE: 'fails', AWS_SHARED_CREDENTIALS_FILE: space.path('none') } }).catch((error: unknown) => error);
    assert.ok(failure instanceof PipeError);
    assert.match(JSON.stringify(failure.problems), reason);
    assert.doesNotMatch(JSON.stringify(failure.problems[0]!.facts?.find(([label]) => label === 'reason')), /s3cret/);
  }
}); // prettier-ignore

test('a program is not started that a file of a clone names, be it the one of settings or of keys', async (t) => {
  const space = makeSpace(t);
  execFileSync('git', ['init', '-q', space.path('clone')]);
  const text = '[default]\ncredential_process = touch "$HOME/started"\n';
  for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) {
    const file = space.write(`clone/${name}`, text);
    execFileSync('git', ['add', name], { cwd: space.path('clone') });
    await assert.rejects(found(space, { env: { [name]: file } }), (error: unknown) => error instanceof PipeError && error.problems[0]!.code === 'remote-untrusted', name);
  }
  assert.throws(() => execFileSync('cat', [space.path('started')], { stdio: 'ignore' }));
}); // prettier-ignore

test('credentials of a container and of a machine, with the tokens that they ask for', async (t) => {
  const [space, server] = [makeSpace(t), await startFileServer(t)];
  server.files.set('credentials', Buffer.from(given('container', 'Token')));
  const url = `${server.url}credentials`;
  const container = { AWS_CONTAINER_CREDENTIALS_FULL_URI: url };
  assert.deepEqual(await found(space, { env: container }), ['container', 's', 't', true]);
  assert.equal(server.requests.at(-1)!.headers.authorization, undefined);
  const file = space.write('token', ' of the file\n');
  const both = { ...container, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'own', AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file };
  await found(space, { env: both });
  assert.equal(server.requests.at(-1)!.headers.authorization, 'of the file');
  await found(space, { env: { ...both, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '' } });
  assert.equal(server.requests.at(-1)!.headers.authorization, 'own');
  const asked = server.requests.length;
  for (const [uri, reason] of [
    [url.replace('127.0.0.1', 'metadata.example.org'), /neither https nor of this machine/],
    ['not a url', /is not a URL/],
    ['ftp://127.0.0.1/x', /is not a URL/],
    [`${server.url}none`, /status 404/],
  ] as const)
    await assert.rejects(found(space, { env: { ...both, AWS_CONTAINER_CREDENTIALS_FULL_URI: uri } }), problem(reason));
  assert.equal(server.requests.length, asked + 1);
  await assert.rejects(found(space, { env: { ...both, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/none' } }), problem(/ENOENT/));
  server.files.set('credentials', Buffer.from('{}'));
  await assert.rejects(found(space, { env: container }), problem(/another form/));

  // A machine: version 2 alone, with a token that is asked for first.
  const role = 'latest/meta-data/iam/security-credentials/';
  server.files.set(role, Buffer.from('the role\n'));
  server.files.set(`${role}the role`, Buffer.from(given('machine', 'Token')));
  server.answer = ({ headers }, response, { method, path }) => {
    if (method === 'PUT') return Boolean(response.end(path === 'latest/api/token' && Number(headers['x-aws-ec2-metadata-token-ttl-seconds']) > 0 ? 'sesame' : ''));
    return headers['x-aws-ec2-metadata-token'] !== 'sesame' && Boolean(response.writeHead(401).end());
  };
  const machine = { AWS_EC2_METADATA_SERVICE_ENDPOINT: server.url.slice(0, -1), AWS_EC2_METADATA_DISABLED: '' };
  assert.deepEqual(await found(space, { env: machine }), ['machine', 's', 't', true]);
  const within = await startFileServer(t);
  within.files.set('credentials', Buffer.from(given('container', 'Token')));
  const inside = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${within.url}credentials` };
  assert.equal((await found(space, { env: { ...machine, ...inside } }))[0], 'container', 'on a machine');
  server.requests.length = 0;
  for (const none of [{ ...machine, AWS_EC2_METADATA_DISABLED: 'TRUE' }])
    await assert.rejects(found(space, { env: none }), /there are no credentials/);
  assert.equal(server.requests.length, 0);
  space.write('.aws/credentials', `[team]\naws_secret_access_key = f\n`);
  await assert.rejects(found(space, { env: machine, profile: 'team' }), /there are no credentials/);
  assert.equal(server.requests.length, 0, 'a declared profile means no machine');
  server.files.set(role, Buffer.from(''));
  await assert.rejects(found(space, { env: machine }), /there are no credentials/);
}); // prettier-ignore

const problem =
  (pattern: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof PipeError, String(error));
    assert.match(JSON.stringify(error.problems), pattern);
    return true;
  };

test('a role: by the token of a service account, or with the keys of another profile', async (t) => {
  const [space, server] = [makeSpace(t), await startFileServer(t)];
  const forms: URLSearchParams[] = [];
  let status = 200;
  server.answer = (request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    request.on('end', () => {
      forms.push(new URLSearchParams(text));
      const name = forms.at(-1)!.get('Action');
      response.writeHead(status).end(status === 200 ? `<R><AccessKeyId>${name}</AccessKeyId><SecretAccessKey>a&amp;b</SecretAccessKey><SessionToken>t</SessionToken></R>` : '<E><Message>not you</Message></E>');
    });
    return true;
  };
  const env = { AWS_ENDPOINT_URL_STS: server.url, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
  const token = space.write('token', 'jwt\n');
  const account = { ...env, AWS_ROLE_ARN: 'arn:role', AWS_WEB_IDENTITY_TOKEN_FILE: token, AWS_ROLE_SESSION_NAME: 'me' };
  assert.deepEqual(await found(space, { env: account }), ['AssumeRoleWithWebIdentity', 'a&b', 't', true]);
  assert.deepEqual(Object.fromEntries(forms[0]!), {
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: 'arn:role',
    RoleSessionName: 'me',
    WebIdentityToken: 'jwt',
  });
  assert.equal(server.requests[0]!.headers.authorization, undefined);
  space.write('.aws/credentials', `[default]\n${KEY}`);
  assert.equal((await found(space, { env: account }))[0], 'AssumeRoleWithWebIdentity');
  forms.pop();
  server.requests.pop();

  const role = '[profile work]\nrole_arn = arn:work\n';
  const files = { ...env, AWS_PROFILE: 'work' };
  space.write('.aws/credentials', `[base]\n${KEY}`);
  space.write('.aws/config', `${role}source_profile = base\nexternal_id = x1\nduration_seconds = 900\nrole_session_name = s\nregion = there\n`);
  assert.deepEqual(await found(space, { env: files }), ['AssumeRole', 'a&b', 't', true]);
  assert.deepEqual(Object.fromEntries(forms[1]!), {
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: 'arn:work',
    RoleSessionName: 's',
    ExternalId: 'x1',
    DurationSeconds: '900',
  });
  assert.match(server.requests[1]!.headers.authorization!, /Credential=file\/\d+\/there\/sts\//);
  // The profile itself has a role, so the environment is its source by name only.
  assert.equal((await found(space, { env: { ...files, ...ENVIRONMENT } }))[0], 'env');
  space.write('.aws/config', `${role}credential_source = Environment\n`);
  const declared = { env: { ...files, ...ENVIRONMENT }, profile: 'work' };
  assert.equal((await found(space, declared))[0], 'AssumeRole');
  assert.match(server.requests[2]!.headers.authorization!, /Credential=env\/\d+\/here\//);
  status = 403;
  await assert.rejects(found(space, declared), problem(/the role arn:work.*not you/));
  // What asks for a code, or leads on to another role, is left to aws.
  const asked = forms.length;
  for (const more of ['source_profile = base\nmfa_serial = m', 'source_profile = other\n[profile other]\nrole_arn = arn:other'])  {
    space.write('.aws/config', `${role}${more}\n`);
    await assert.rejects(found(space, { env: files }), /there are no credentials/);
  }
  assert.equal(forms.length, asked);
  // Nor is a service account meant where the profile has a role. A profile may be its own source.
  await assert.rejects(found(space, { env: { ...account, ...files } }), /there are no credentials/);
  assert.equal(forms.length, asked);
  status = 200;
  space.write('.aws/config', `${role}source_profile = work\n${KEY}`);
  assert.equal((await found(space, { env: files }))[0], 'AssumeRole');
  space.write('.aws/config', `${role}source_profile = set\n[profile set]\n${KEY}`);
  assert.equal((await found(space, { env: files }))[0], 'AssumeRole', 'with keys beside settings');
}); // prettier-ignore

test('a service that gives credentials is asked past the proxy of the process', async (t) => {
  const [space, service, proxy] = [makeSpace(t), await startFileServer(t), await startFileServer(t)];
  service.files.set('credentials', Buffer.from(given('container', 'Token')));
  const { globalAgent } = http;
  // As `NODE_USE_ENV_PROXY` makes it.
  http.globalAgent = new http.Agent({ proxyEnv: { HTTP_PROXY: proxy.url } });
  t.after(() => (http.globalAgent = globalAgent));
  const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${service.url}credentials` };
  assert.deepEqual(await found(space, { env }), ['container', 's', 't', true]);
  assert.equal(proxy.requests.length, 0);
});
