// URLs with a password that cannot be used: what is said of them shows where they lead, and not the password.
import assert from 'node:assert/strict';
import test from 'node:test';
import { findCredentials, readAwsProfile, readSettings } from '../../../../src/cache/cache.ts';
import { makeSpace } from '../../../hash/space.ts';
import { fails } from '../fails.ts';

type Texts = Readonly<Record<string, string>>;

const URL_OF = 'http://me:hidden@host:99999/x';
const withoutPassword =
  (code: string) =>
  (error: unknown): boolean =>
    fails(code, /'http:\/\/host:99999\/x'/)(error) && !/hidden/.test(JSON.stringify(error));

test('an endpoint that cannot be read', (t) => {
  const env = { HOME: makeSpace(t).root };
  const place = (): undefined => undefined;
  const open = (options: Texts, more: Texts): unknown =>
    readSettings(
      {
        name: 'b',
        declared: {
          url: 's3://bucket/a',
          folder: '/',
          place,
          options: new Map(
            Object.entries(options).map(([name, value]) => [
              name,
              { value, folder: '/', shared: false, place },
            ]),
          ),
        },
      },
      { ...env, ...more },
    );
  assert.throws(() => open({ endpointurl: URL_OF }, {}), withoutPassword('remote-unsupported'));
  assert.throws(() => open({}, { AWS_ENDPOINT_URL: URL_OF }), withoutPassword('remote-unsupported'));
  assert.throws(
    () => open({ endpointurl: 'me:hidden@host:99999' }, {}),
    (error) => fails('remote-unsupported', /host:99999/)(error) && !/hidden/.test(JSON.stringify(error)),
  );
});

test('services that give credentials', async (t) => {
  const space = makeSpace(t);
  const token = space.write('token', 'jwt');
  for (const more of [
    { AWS_ENDPOINT_URL_STS: URL_OF, AWS_ROLE_ARN: 'arn:role', AWS_WEB_IDENTITY_TOKEN_FILE: token },
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: URL_OF },
    { AWS_EC2_METADATA_SERVICE_ENDPOINT: URL_OF },
  ]) {
    const env: Texts = { HOME: space.root, PATH: '/nowhere', ...more };
    const profile = readAwsProfile({ env });
    await assert.rejects(
      findCredentials({ remote: 'b', env, profile, profileIsDeclared: false, region: 'here' }),
      withoutPassword('remote-credentials'),
      Object.keys(more)[0],
    );
  }
});
