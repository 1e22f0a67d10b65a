// What a remote of S3 is opened with: the files of AWS, the settings, and where credentials come from.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { homedir } from 'node:os';
import test, { type TestContext } from 'node:test';
import { PipeError } from '../../../../src/base/base.ts';
import { findCredentials, parseSections, readAwsProfile, readSettings } from '../../../../src/cache/cache.ts';
import { makeSpace, type Space } from '../../../hash/space.ts';
import { startFileServer } from '../file-server.ts';

const config = `# of the team
[default]
region = eu-west-1
s3 =
    addressing_style = virtual
    endpoint_url = https://nested
output = json ; a comment

[profile research]
region=eu-central-1
services = ours
aws_access_key_id = from-config
aws_secret_access_key = s/e+c=r#et

[services ours]
s3 =
  endpoint_url = https://minio.example.org:9000
`;

function read(t: TestContext, env: Readonly<Record<string, string>> = {}, profile?: string) {
  const space = makeSpace(t);
  space.write('.aws/config', config);
  space.write('.aws/credentials', '[research]\naws_access_key_id = from-credentials\n');
  return readAwsProfile({ env: { HOME: space.root, ...env }, profile });
}

test('sections, groups, comments and spaces', () => {
  assert.deepEqual(
    parseSections('[a]\n x = 1\ny=\n z = 2\nw = 1\n V = 2\n[ profile  "b  c" ]\nq = p # c\n[a]\nAgain = 3\n'),
    new Map([
      [
        'a',
        new Map([
          ['x', '1'],
          ['y', ''],
          ['y.z', '2'],
          ['w', '1'],
          ['v', '2'],
          ['again', '3'],
        ]),
      ],
      ['profile b c', new Map([['q', 'p']])],
    ]),
  );
});

test('the default profile, and one by name', (t) => {
  const plain = read(t);
  assert.equal(plain.named, undefined);
  assert.deepEqual(
    [
      plain.get('region'),
      plain.get('output'),
      plain.nested('s3', 'addressing_style'),
      plain.nested('s3', 'endpoint_url'),
    ],
    ['eu-west-1', 'json', 'virtual', 'https://nested'],
  );
  for (const research of [
    read(t, {}, 'research'),
    read(t, { AWS_PROFILE: 'research', AWS_DEFAULT_PROFILE: 'other' }),
    read(t, { AWS_PROFILE: 'default' }, 'research'),
    read(t, { AWS_DEFAULT_PROFILE: 'research' }),
  ]) {
    assert.equal(research.get('region'), 'eu-central-1');
    assert.equal(research.service('endpoint_url'), 'https://minio.example.org:9000');
    assert.equal(research.get('aws_access_key_id'), 'from-credentials');
    assert.equal(research.get('aws_secret_access_key'), 's/e+c=r#et');
  }
});

test('a profile that does not exist is named, with those that do', (t) => {
  assert.throws(
    () => read(t, { AWS_PROFILE: 'reserch' }),
    (error: unknown) =>
      error instanceof PipeError &&
      error.problems[0]!.code === 'remote-credentials' &&
      JSON.stringify(error.problems[0]).includes('"default, research"'),
  );
});

test('profiles are called so in the settings; beside keys they may be', (t) => {
  const space = makeSpace(t);
  space.write('.aws/config', '[bare]\nregion = x\n');
  const of = (profile: string): ReturnType<typeof readAwsProfile> =>
    readAwsProfile({ env: { HOME: space.root }, profile });
  assert.throws(() => of('bare'), /no profile 'bare'/);
  space.write('.aws/credentials', '[profile kept]\naws_access_key_id = k\n');
  assert.equal(of('kept').inCredentials('aws_access_key_id'), 'k');
});

test('files that the environment names; those that a remote names must exist', (t) => {
  const space = makeSpace(t);
  space.write('other', '[default]\nregion = x\n');
  const env = { HOME: space.root, AWS_CONFIG_FILE: space.path('other') };
  assert.equal(readAwsProfile({ env }).get('region'), 'x');
  assert.throws(
    () => readAwsProfile({ env, credentialPath: space.path('none') }),
    /cannot be read \(ENOENT\)/,
  );
  assert.throws(
    () => readAwsProfile({ env: { ...env, AWS_CONFIG_FILE: space.root } }),
    /cannot be read \(EISDIR\)/,
  );
});

type Settings = ReturnType<typeof readSettings>;
type Texts = Readonly<Record<string, string>>;

/** @param options of the remote. @param url of it. */
function settings(space: Space, options: Texts = {}, env: Texts = {}, url = 's3://bucket/a/b/'): Settings {
  const place = (): undefined => undefined;
  const declared = Object.entries(options).map(
    ([name, value]) => [name, { value, folder: space.path('project'), shared: false, place }] as const,
  );
  return readSettings(
    { name: 'b', declared: { url, folder: '/', place, options: new Map(declared) } },
    { HOME: space.root, ...env },
  );
}

test('bucket and prefix, endpoint, region and addressing', (t) => {
  const space = makeSpace(t);
  space.write('.aws/config', config);
  const plain = settings(space);
  assert.deepEqual(
    [plain.bucket, plain.prefix, plain.endpoint?.href, plain.region, plain.inPath, plain.anonymous, plain.verify],
    ['bucket', 'a/b/', 'https://nested/', 'eu-west-1', false, false, true],
  );
  assert.equal(settings(space, {}, {}, 's3://bucket').prefix, '');
  assert.equal(settings(space, {}, {}, 's3://bucket//x').prefix, 'x/');
  for (const url of ['s3://', 's3://a@b/c', 's3://b:1/c']) assert.throws(() => settings(space, {}, {}, url), /names no bucket/);

  const endpoint = (options: Texts, env: Texts = {}): string | undefined => settings(space, options, env).endpoint?.href;
  const own = { endpointurl: 'minio:9000' };
  assert.equal(endpoint(own), 'https://minio:9000/');
  assert.equal(endpoint({ ...own, use_ssl: 'false' }), 'http://minio:9000/');
  assert.equal(endpoint({ endpointurl: 'http://minio', use_ssl: 'true' }), 'http://minio/');
  const named = { AWS_ENDPOINT_URL: 'https://general', AWS_ENDPOINT_URL_S3: 'https://special' };
  // A path as the AWS CLI 2 sends it.
  for (const [written, sent] of [
    ['/', '/'],
    ['/storage/v1', '/storage/v1'],
    ['/a b', '/a%20b'],
    ['/ü', '/%C3%BC'],
    ['/a%20b', '/a%2520b'],
    ['/a+b~', '/a%2Bb~'],
    ['/a//b/', '/a/b/'],
  ] as const)
    assert.equal(endpoint({ endpointurl: `http://me:secret@minio:9000${written}?q#f` }), `http://minio:9000${sent}`);
  assert.equal(endpoint(own, named), 'https://minio:9000/');
  assert.equal(endpoint({}, named), 'https://special/');
  assert.equal(endpoint({}, { AWS_ENDPOINT_URL: 'https://general' }), 'https://general/');
  assert.equal(endpoint({}, { AWS_ENDPOINT_URL: 'general' }), 'https://general/');
  assert.equal(endpoint({}, { ...named, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }), undefined);
  assert.equal(endpoint({ profile: 'research' }), 'https://minio.example.org:9000/');
  assert.throws(() => endpoint({ endpointurl: 'ftp://x' }), /cannot be read/);

  const region = (options: Texts, env: Texts): string => settings(space, options, env).region;
  const regions = { AWS_REGION: 'first', AWS_DEFAULT_REGION: 'second' };
  assert.equal(region({ region: 'own' }, regions), 'own');
  assert.equal(region({}, regions), 'first');
  assert.equal(region({}, { AWS_DEFAULT_REGION: 'second' }), 'second');
  assert.equal(region({}, { AWS_CONFIG_FILE: space.path('none') }), 'us-east-1');

  const nowhere = { AWS_CONFIG_FILE: space.path('none') };
  const inPath = (options: Texts, url = 's3://bucket'): boolean => settings(space, options, nowhere, url).inPath;
  assert.deepEqual(
    [inPath({}), inPath({}, 's3://with.dots'), inPath(own), inPath({ ...own, addressing: 'virtual' }), inPath({ addressing: 'path' })],
    [false, true, true, false, true],
  );
  assert.equal(inPath({ endpointurl: 'https://s3.eu-west-1.amazonaws.com' }), false);
}); // prettier-ignore

test('certificates, time-outs and credentials of the remote itself', (t) => {
  const space = makeSpace(t);
  space.write('project/ca.pem', 'of ours');
  space.write('bundle', 'of the environment');
  const ca = (options: Texts, env: Texts = {}): unknown[] => [settings(space, options, env).ca, settings(space, options, env).verify];
  const bundle = { AWS_CA_BUNDLE: space.path('bundle') };
  assert.deepEqual(ca({}), [undefined, true]);
  assert.deepEqual(ca({}, bundle), ['of the environment', true]);
  assert.deepEqual(ca({ ssl_verify: 'ca.pem' }, bundle), ['of ours', true]);
  assert.deepEqual(ca({ ssl_verify: 'no' }, bundle), [undefined, false]);
  assert.deepEqual(ca({ ssl_verify: 'true' }, bundle), ['of the environment', true]);
  assert.throws(() => ca({ ssl_verify: 'none.pem' }), /cannot be read \(ENOENT\)/);
  const timed = settings(space, { read_timeout: '7', connect_timeout: '2' }, { PIPE_REMOTE_MIN_RATE: '9' });
  assert.deepEqual([timed.pace, timed.connectSeconds, settings(space).pace.seconds], [{ bytes: 9, seconds: 7 }, 2, 30]);
  assert.throws(() => settings(space, { read_timeout: '0' }), /read_timeout/);
  assert.throws(() => settings(space, { use_ssl: 'perhaps', endpointurl: 'x' }), /use_ssl/);

  const anonymous = { allow_anonymous_login: 'yes' };
  const keys = { access_key_id: 'id', secret_access_key: 's', session_token: 't' };
  const own = { accessKeyId: 'id', secretAccessKey: 's', sessionToken: 't' };
  assert.deepEqual([settings(space, anonymous).anonymous, settings(space).credentials], [true, undefined]);
  const both = settings(space, { ...anonymous, ...keys });
  assert.deepEqual([both.anonymous, both.credentials], [false, own]);
  assert.throws(() => settings(space, { configpath: '~/no such file' }), new RegExp(`'${homedir()}/no such file'`));
  assert.equal(settings(space, { access_key_id: 'id' }).credentials, undefined);
  assert.throws(() => settings(space, { secret_access_key: 's' }), /without an access_key_id/);
  const sse_customer_key = Buffer.alloc(33).toString('base64');
  assert.throws(() => settings(space, { sse_customer_key }), /not a key of 32 bytes/);
  const rights = { grant_full_control: 'a', grant_read: 'b', grant_read_acp: 'c', grant_write_acp: 'd' };
  assert.deepEqual(Object.values(settings(space, rights).writing), ['a', 'b', 'c', 'd']);
}); // prettier-ignore

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
