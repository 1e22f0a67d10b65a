// `pipe remote …` in a DVC repository: after the same commands, DVC's files have the same bytes whichever tool wrote them, and DVC
// reads them.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { runPipe } from '../../workspace.ts';
import { makeRepository, type Repository } from './twins.ts';

/** Each after those before it, in both repositories; `!` for one that both tools refuse. */
const COMMANDS: readonly string[] = [
  'add -d Shared ../store',
  'add web https://example.org/team',
  'modify web auth custom',
  'modify web custom_auth_header X-Token',
  'modify --local web password a,b#c',
  'modify --local web user "ada"',
  'add s3 s3://bucket/some/prefix',
  'modify s3 endpointurl http://localhost:9000',
  'modify s3 region eu-central-1',
  'modify s3 use_ssl false',
  "modify --local s3 secret_access_key it's",
  'modify --local s3 access_key_id say"it"',
  'modify --local s3 session_token both\'and"this',
  'modify --local s3 credentialpath ~/keys',
  'modify s3 configpath sub/aws.ini',
  '!modify s3 use_ssl maybe',
  '!modify s3 jobs 0',
  '!modify s3 no_such_option 1',
  '!modify nowhere url x',
  '!add web /elsewhere',
  '!add x nosuch://a/b',
  'default web',
  'modify --unset s3 region',
  'rename Shared main',
  'default --unset',
  'default main',
  'modify --local web user ada',
  'modify --local --unset web password',
  'modify --local --unset web user',
  'modify --unset web auth',
  'modify --unset web custom_auth_header',
  'add -f web /elsewhere',
  '!remove nowhere',
  '!rename main s3',
  'remove --local s3',
  'default --local s3',
  'rename s3 third',
  'add --local own ~/own',
  'remove --local web',
  'remove web',
  'remove main',
  '!default main',
  'remove --local own',
];

const CONFIGS = ['.dvc/config', '.dvc/config.local'];

const configs = ({ root }: Repository): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    CONFIGS.map((name) => [name, existsSync(join(root, name)) ? readFileSync(join(root, name), 'utf8') : '']),
  );

test('the bytes of both files, after each command', { timeout: 300_000 }, async (t) => {
  const [ours, theirs] = [makeRepository(t, {}), makeRepository(t, {})];
  for (const line of COMMANDS) {
    const refused = line.startsWith('!');
    const args = ['remote', ...line.replace('!', '').split(' ')];
    const own = await runPipe(ours.root, args);
    const other = theirs.dvc(...args);
    assert.equal(own.code !== 0, refused, `pipe ${line}: ${own.stdout}${own.stderr}`);
    assert.equal(other.code !== 0, refused, `dvc ${line}: ${other.output}`);
    assert.deepEqual(configs(ours), configs(theirs), line);
  }
});

test("the user's configuration of DVC", { timeout: 120_000 }, async (t) => {
  const [ours, theirs] = [makeRepository(t, {}), makeRepository(t, {})];
  const own = join(dirname(ours.root), 'user');
  assert.equal(
    (
      await runPipe(ours.root, ['remote', 'add', '--global', '-d', 'u', '/some/folder'], {
        DVC_GLOBAL_CONFIG_DIR: own,
      })
    ).code,
    0,
  );
  assert.equal(theirs.dvc('remote', 'add', '--global', '-d', 'u', '/some/folder').code, 0);
  assert.match(theirs.dvc('remote', 'list').output, /^u\s+\/some\/folder\s+\(default\)$/m);
  assert.equal(
    readFileSync(join(own, 'config'), 'utf8'),
    '[core]\n    remote = u\n[\'remote "u"\']\n    url = /some/folder\n',
  );
});

test('comments stay, and DVC reads what is around them', { timeout: 120_000 }, async (t) => {
  const repository = makeRepository(t, {});
  const written = `# ours
[core]
    analytics = false   # no
# the store
['remote "a"']
  url = /a
  # how
  jobs = 3
`;
  repository.write('.dvc/config', written);
  const pipe = async (...args: readonly string[]): Promise<void> => {
    const { code, stderr } = await runPipe(repository.root, ['remote', ...args]);
    assert.equal(code, 0, stderr);
  };
  await pipe('add', '-d', 'b', '/b');
  await pipe('modify', 'a', 'jobs', '4');
  await pipe('modify', 'a', 'verify', 'true');
  assert.equal(
    repository.read('.dvc/config'),
    `# ours
[core]
    analytics = false   # no
    remote = b
# the store
['remote "a"']
  url = /a
  # how
  jobs = 4
  verify = true
['remote "b"']
    url = /b
`,
  );
  const { code, output } = repository.dvc('remote', 'list');
  assert.equal(code, 0, output);
  assert.match(output, /^a\s+\/a\s*\nb\s+\/b\s+\(default\)$/m);
  await pipe('remove', 'b');
  await pipe('modify', 'a', 'jobs', '3');
  await pipe('modify', 'a', '--unset', 'verify');
  assert.equal(repository.read('.dvc/config'), written);
});
