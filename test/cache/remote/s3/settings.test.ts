// What a remote of S3 is opened with: the files of AWS, the settings of the remote.
import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import test, { type TestContext } from 'node:test';
import { PipeError } from '../../../../src/base/base.ts';
import { parseSections, readAwsProfile, readSettings } from '../../../../src/cache/cache.ts';
import { makeSpace, type Space } from '../../../hash/space.ts';

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
