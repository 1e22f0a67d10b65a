// What counts as a secret in a URL, and what is left of the URL in messages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretIn, secretInGitUrl, withoutGitSecrets, withoutSecrets } from '../../src/base/base.ts';

for (const [url, secret, shown] of [
  ['https://example.org/a?page=2', undefined, 'https://example.org/a?page=2'],
  // Words that end as names of secrets do.
  [
    'https://h.org/a?design=1&unsig=2&oauth=3&rpwd=4',
    undefined,
    'https://h.org/a?design=1&unsig=2&oauth=3&rpwd=4',
  ],
  ['https://ada@example.org/a', undefined, 'https://example.org/a'],
  ['ssh://a-name-with-1-number@host/a', undefined, 'ssh://host/a'],
  ['/data/a@b:c?token=1', undefined, '/data/a@b:c?token=1'],
  ['https://ada:hush@example.org/a', 'password', 'https://example.org/a'],
  ['https://ada:hu@sh@example.org/a@b', 'password', 'https://example.org/a@b'],
  ['https://ada:hu/sh@example.org/a', 'password', 'https://example.org/a'],
  ['ssh://ada:h#ush@host/a', 'password', 'ssh://host/a'],
  ['https://ada:h@u/sh@example.org/a', 'password', 'https://example.org/a'],
  ['https://ada:h/u@s/h@example.org/a@b', 'password', 'https://example.org/a@b'],
  ['https://ada:h@u.s/h@example.org:80/a', 'password', 'https://example.org:80/a'],
  ['https://u/sh@127.0.0.1/a', undefined, 'https://u/sh@127.0.0.1/a'],
  ['https://ada:h@u/sh@inside/a', 'password', 'https://inside/a'],
  ['ssh://ada:hu@s/h@localhost/a', 'password', 'ssh://localhost/a'],
  ['https://ada:h/u?s@inside/a', 'password', 'https://inside/a'],
  ['https://ada:1/2@3@example.org/a', undefined, 'https://example.org/a'],
  [
    'https://ada:hush@example.org/a@1.0/b?to=me@example.org',
    'password',
    'https://example.org/a@1.0/b?to=me@example.org',
  ],
  ['https://example.org:80/me@example.net/a', undefined, 'https://example.org:80/me@example.net/a'],
  ['https://inside:80/a@b/c', undefined, 'https://inside:80/a@b/c'],
  ['https://ada@inside/a@b/c', undefined, 'https://inside/a@b/c'],
  ['https://example.org:8080/a@b', undefined, 'https://example.org:8080/a@b'],
  ['https://[::1]:80/a@b', undefined, 'https://[::1]:80/a@b'],
  ['https://ghp_0123456789abcdef@example.org/a', 'token', 'https://example.org/a'],
  ['HTTP://ghp_0123456789abcdef@example.org/a', 'token', 'HTTP://example.org/a'],
  [
    'https://h/a?x=1&X-Amz-Signature=hush#top',
    "'X-Amz-Signature'",
    'https://h/a?x=1&X-Amz-Signature=***#top',
  ],
  ['https://h/a?x=1;Passwd=hush;y=2', "'Passwd'", 'https://h/a?x=1;Passwd=***;y=2'],
  ['https://h/a?apikey=hush&x=1&api-key=hush', "'apikey'", 'https://h/a?apikey=***&x=1&api-key=***'],
  ['https://h/a?client_secret=hush&token=hush', "'client_secret'", 'https://h/a?client_secret=***&token=***'],
  ['https://h/a?X-Amz-Credential=hush', "'X-Amz-Credential'", 'https://h/a?X-Amz-Credential=***'],
  ['git::https://ada:hush@example.org/a', 'password', 'git::https://example.org/a'],
  ['https://a-rather-long-user-name@example.org/a', undefined, 'https://example.org/a'],
  ['https://h/a?backsig=1&x_auth=hush', "'x_auth'", 'https://h/a?backsig=1&x_auth=***'],
  ['https://h/a?sv=2&sig=hush%2B', "'sig'", 'https://h/a?sv=2&sig=***'],
  ['https://h/a?access%5Ftoken=hush', "'access_token'", 'https://h/a?access%5Ftoken=***'],
  ['https://h/a?t%6Fken=hush', "'token'", 'https://h/a?t%6Fken=***'],
  ['https://h/a?design=1&monkey=2&%zz=3', undefined, 'https://h/a?design=1&monkey=2&%zz=3'],
] as const)
  test(url, () => {
    assert.equal(secretIn(url), secret);
    assert.equal(withoutSecrets(url), shown);
  });

for (const [url, secret, shown] of [
  ['ada:hush@host:a/b', 'password', 'host:a/b'],
  ['ada:hu@sh@host:a@b', 'password', 'host:a@b'],
  ['ada:hu/sh@host', undefined, 'ada:hu/sh@host'],
  ['ada:hush@example.org/a', 'password', 'example.org/a'],
  ['host:a@b/c', undefined, 'host:a@b/c'],
  ['ada@host:a', undefined, 'ada@host:a'],
  ['https://ada:hush@example.org/a', 'password', 'https://example.org/a'],
  ['../ada:hush/a', undefined, '../ada:hush/a'],
] as const)
  test(`of git: ${url}`, () => {
    assert.equal(secretInGitUrl(url), secret);
    assert.equal(withoutGitSecrets(url), shown);
  });
