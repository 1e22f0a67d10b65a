import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { PipeError } from '../../../../src/base/base.ts';
import { parseSections, readAwsProfile } from '../../../../src/cache/cache.ts';
import { makeSpace } from '../../../hash/space.ts';

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
    parseSections('[a]\n x = 1\ny=\n z = 2\n[ profile  b ]\nq = p # c\n'),
    new Map([
      [
        'a',
        new Map([
          ['x', '1'],
          ['y', ''],
          ['y.z', '2'],
        ]),
      ],
      ['profile b', new Map([['q', 'p']])],
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
  for (const research of [read(t, {}, 'research'), read(t, { AWS_PROFILE: 'research' })]) {
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
      JSON.stringify(error.problems[0]).includes('default, research'),
  );
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
});
