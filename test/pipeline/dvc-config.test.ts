import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  dvcCacheConfig,
  dvcPlotPlaces,
  dvcRemoteFiles,
  dvcRemotes,
  isOn,
  readDvcConfig,
  type DvcConfig,
} from '../../src/dvc/dvc.ts';
import { PipeError } from '../../src/base/base.ts';
import type { RemoteChange } from '../../src/pipeline/pipeline.ts';

function read(t: TestContext, files: Readonly<Record<string, string>>): { root: string; config: DvcConfig } {
  const root = mkdtempSync(join(tmpdir(), 'pipe-config-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  process.env['DVC_SYSTEM_CONFIG_DIR'] = join(root, 'system');
  process.env['DVC_GLOBAL_CONFIG_DIR'] = join(root, 'global');
  t.after(() => {
    delete process.env['DVC_SYSTEM_CONFIG_DIR'];
    delete process.env['DVC_GLOBAL_CONFIG_DIR'];
  });
  return { root, config: readDvcConfig(root) };
}

const cacheOf = (t: TestContext, text: string): ReturnType<typeof dvcCacheConfig> =>
  dvcCacheConfig(read(t, { '.dvc/config': text }).config);

test('the nearer file wins, option by option; paths are relative to the file that has them', (t) => {
  const { root, config } = read(t, {
    'system/config': '[cache]\n    dir = far\n    type = copy\n[core]\n    autostage = true\n',
    'global/config': '[cache]\n    type = hardlink\n',
    '.dvc/config': '[core]\n    autostage = false\n',
    '.dvc/config.local': '[cache]\n    dir = ../../near\n',
  });
  assert.deepEqual(dvcCacheConfig(config), { dir: join(dirname(root), 'near'), links: ['hardlink'] });
  assert.equal(isOn(config, 'core', 'autostage'), false);
});

test('the dialect: quotes, comments, lists, names in any case', (t) => {
  const { config } = read(t, {
    '.dvc/config': `# first
[Core]
    Analytics = "TRUE" # why not
    a = 'x # y'
    b = x, "y, z"
    c =
    e = x,
    d = s3://bucket/path#fragment
['remote "store"']
    url = /data
`,
  });
  const values = Object.fromEntries([...config.get('core')!].map(([name, { value }]) => [name, value]));
  assert.deepEqual(values, {
    analytics: 'TRUE',
    a: 'x # y',
    b: 'x,y, z',
    c: '',
    e: 'x',
    d: 's3://bucket/path',
  });
  assert.ok(isOn(config, 'core', 'analytics'));
  assert.equal(config.get('remote "store"')!.get('url')!.value, '/data');
});

test('cache folder and links', (t) => {
  assert.deepEqual(cacheOf(t, ''), {});
  assert.deepEqual(cacheOf(t, '[cache]\ntype = "reflink,hardlink"\n').links, ['reflink', 'hardlink']);
  assert.deepEqual(cacheOf(t, '[cache]\ntype = symlink, copy\n').links, ['symlink', 'copy']);
  assert.equal(cacheOf(t, '[cache]\ndir = /abs\n').dir, '/abs');
  assert.equal(cacheOf(t, '[cache]\ndir = ~/mine\n').dir, join(homedir(), 'mine'));
});

test('what is wrong is shown where it stands', (t) => {
  const refuses = (text: string, line: number, shown?: string): void =>
    assert.throws(
      () => cacheOf(t, text),
      (error) =>
        error instanceof PipeError &&
        error.problems[0]!.code === 'bad-dvc-config' &&
        error.problems[0]!.place?.line === line &&
        error.problems[0]!.place.source === shown,
    );
  refuses('[cache]\nnonsense\n', 2, 'nonsense');
  refuses('[cache\n', 1, '[cache');
  refuses('[cache]\ndir = "a" b\n', 2, 'dir = "a" b');
  refuses('[cache]\ntype = reflink,magic\n', 2, 'type = reflink,magic');
  // A secret can be in any line about a remote.
  refuses(`['remote "a"']\npasswd hush\n`, 2);
  refuses(`['remote "a"']\nurl = x\n[cache]\nnonsense\n`, 4, 'nonsense');
});

test('the system configuration is the first of several; a cache is shared by a group if it says so', (t) => {
  const { root } = read(t, { 'first/dvc/config': '[cache]\n    shared = Group\n' });
  delete process.env['DVC_SYSTEM_CONFIG_DIR'];
  const before = process.env['XDG_CONFIG_DIRS'];
  process.env['XDG_CONFIG_DIRS'] = `${root}/first:${root}/second`;
  t.after(() => {
    if (before === undefined) delete process.env['XDG_CONFIG_DIRS'];
    else process.env['XDG_CONFIG_DIRS'] = before;
  });
  assert.deepEqual(dvcCacheConfig(readDvcConfig(root)), { shared: true });
});

const REMOTE = `['remote "a"']\n    url = /a\n`;
const CRLF = `['remote "a"']\r\n  url = /a\r\n`;
test('where plots are: beside the configuration, where it says no other place', (t) => {
  const plots = (lines: string): unknown => {
    const { root } = read(t, { '.dvc/config': `[plots]\n${lines}` });
    const { htmlTemplate, templates, ...rest } = dvcPlotPlaces(root);
    return {
      ...rest,
      templates: relative(root, templates),
      html: htmlTemplate && relative(root, htmlTemplate),
    };
  };
  const usual = { out: 'dvc_plots', opens: false, templates: '.dvc/plots', html: undefined };
  assert.deepEqual(plots(''), usual);
  assert.deepEqual(plots('    html_template = in/page.html\n'), { ...usual, html: '.dvc/in/page.html' });
  assert.deepEqual(plots('    out_dir = o\n    auto_open = True\n'), { ...usual, out: 'o', opens: true });
  const { root } = read(t, { '.dvc/config': '[plots]\n    html_template = /page.html\n' });
  assert.equal(dvcPlotPlaces(root).htmlTemplate, '/page.html');
});

test('a password that the user has for all repositories is no secret of this one alone', (t) => {
  const secret = REMOTE.replace('url = /a', 'password = p');
  const isUsers = (files: Readonly<Record<string, string>>): unknown => {
    const { root } = read(t, { 'repository/.dvc/config': REMOTE, ...files });
    return dvcRemotes(readDvcConfig(join(root, 'repository')), undefined).remotes.get('a')?.usersSecrets;
  };
  assert.deepEqual(
    [isUsers({ 'global/config': secret }), isUsers({ 'repository/.dvc/config.local': secret })],
    [true, undefined],
  );
  for (const option of ['secret_access_key', 'passphrase'])
    assert.equal(isUsers({ 'global/config': secret.replace('password', option) }), true, option);
  // Without a URL.
  assert.equal(isUsers({ 'repository/.dvc/config': '', 'repository/.dvc/config.local': secret }), undefined);
});

const set = (option: string, value: string): RemoteChange => ({ kind: 'set', name: 'a', option, value });

const EDITS: readonly (readonly [what: string, change: RemoteChange, before: string, after: string])[] = [
  [
    'an option is set in its place',
    set('jobs', '3'),
    `${REMOTE}    jobs = 1\n    verify = true\n`,
    `${REMOTE}    jobs = 3\n    verify = true\n`,
  ],
  [
    'names are those in small letters',
    set('JOBS', '3'),
    `${REMOTE}    jobs = 1\n`,
    `${REMOTE}    jobs = 3\n`,
  ],
  [
    'of each option',
    { kind: 'unset', name: 'a', option: 'Jobs' },
    `${REMOTE}    jobs = 1\n    verify = true\n`,
    `${REMOTE}    verify = true\n`,
  ],
  [
    'of an option that is there twice the last one counts',
    set('jobs', '3'),
    `${REMOTE}    jobs = 1\n    jobs = 2\n`,
    `${REMOTE}    jobs = 1\n    jobs = 3\n`,
  ],
  [
    'a new option has the indent and line ends of the others',
    set('jobs', '3'),
    CRLF,
    `${CRLF}  jobs = 3\r\n`,
  ],
  ['and so has one that is changed', set('url', '/b'), CRLF, CRLF.replace('/a', '/b')],
  [
    'an option goes, wherever it is',
    { kind: 'unset', name: 'a', option: 'jobs' },
    `[core]\n    x = 1\n${REMOTE}    jobs = 1\n    jobs = 2\n`,
    `[core]\n    x = 1\n${REMOTE}`,
  ],
  [
    'a remote with another name keeps its line ends',
    { kind: 'rename', name: 'a', to: 'c' },
    `${CRLF}  jobs = 2\r\n`,
    `['remote "c"']\r\n  url = /a\r\n  jobs = 2\r\n`,
  ],
  [
    'and so has a remote that is added',
    { kind: 'declare', name: 'b', url: '/b' },
    CRLF,
    `${CRLF}['remote "b"']\r\n    url = /b\r\n`,
  ],
  ['what would be a list is quoted', set('type', 'a,b'), REMOTE, `${REMOTE}    type = "a,b"\n`],
  ['behind a line without an end', set('jobs', '2'), REMOTE.trimEnd(), `${REMOTE}    jobs = 2\n`],
  ['what a comment would cut is quoted', set('type', 'a#b'), REMOTE, `${REMOTE}    type = "a#b"\n`],
  ['a quote decides about the other', set('type', '"x",'), REMOTE, `${REMOTE}    type = '"x",'\n`],
  [
    'a remote that is declared again loses its options',
    { kind: 'declare', name: 'a', url: '/b' },
    `${REMOTE}    jobs = 1\n    verify = true\n`,
    REMOTE.replace('/a', '/b'),
  ],
  [
    'a new one comes last',
    { kind: 'declare', name: 'b', url: '/b' },
    `${REMOTE}[core]\n    x = 1\n`,
    `${REMOTE}[core]\n    x = 1\n['remote "b"']\n    url = /b\n`,
  ],
  [
    'the default comes before the remotes and what is noted about them',
    { kind: 'default', name: 'a' },
    `# the store\n${REMOTE}`,
    `[core]\n    remote = a\n# the store\n${REMOTE}`,
  ],
  [
    'a section goes with its last option',
    { kind: 'default', name: undefined },
    `[core]\n    remote = a\n${REMOTE}`,
    REMOTE,
  ],
  [
    'and stays with others',
    { kind: 'default', name: undefined },
    `[core]\n    remote = a\n    x = 1\n${REMOTE}`,
    `[core]\n    x = 1\n${REMOTE}`,
  ],
  [
    'all sections of a remote are removed',
    { kind: 'remove', name: 'a' },
    `${REMOTE}# kept\n[core]\n    x = 1\n['remote "a"']\n    jobs = 2\n`,
    '# kept\n[core]\n    x = 1\n',
  ],
  [
    'a remote gets another name, with its options',
    { kind: 'rename', name: 'a', to: 'c' },
    `${REMOTE}    jobs = 2\n['remote "b"']\n    url = /b\n`,
    `['remote "b"']\n    url = /b\n['remote "c"']\n    url = /a\n    jobs = 2\n`,
  ],
];

for (const [what, change, before, after] of EDITS)
  test(`written: ${what}`, (t) => {
    const { root } = read(t, {});
    assert.equal(dvcRemoteFiles(root).file('project').edit(before, change), after);
  });

test('no secret of any kind of remote is for a file that git shares', (t) => {
  assert.deepEqual([...dvcRemoteFiles(read(t, {}).root).secrets].sort(), [
    'account_key',
    'client_secret',
    'connection_string',
    'gdrive_client_secret',
    'oss_key_secret',
    'passphrase',
    'password',
    'sas_token',
    'secret_access_key',
    'session_token',
    'sse_customer_key',
    'token',
  ]);
});

test('written: of two files', (t) => {
  const mine = `['remote "a"']\n    user = u\n`;
  const { root } = read(t, { '.dvc/config': REMOTE.replace('/a', 'ssh://h/a'), '.dvc/config.local': mine });
  const files = dvcRemoteFiles(root);
  const [project, local] = [files.file('project'), files.file('local')];
  assert.deepEqual(
    files.all.map(({ level, path }) => `${level} ${relative(root, path)}`),
    ['system system/config', 'global global/config', 'project .dvc/config', 'local .dvc/config.local'],
  );
  const { remote, remotes } = project.read(`[core]\n    remote = Far\n['remote "FAR"']\n    URL = /Far\n`);
  assert.deepEqual(
    [remote, [...remotes].map(([name, options]) => [name, ...options])],
    ['far', [['far', ['url', '/Far']]]],
  );
  assert.equal(local.edit(mine, { kind: 'unset', name: 'a', option: 'user' }), `['remote "a"']\n`);
  const refuses = (change: RemoteChange, title: RegExp): void =>
    assert.throws(
      () => project.edit(REMOTE, change),
      (error) => error instanceof PipeError && title.test(error.problems[0]!.title),
    );
  refuses({ kind: 'rename', name: 'a', to: 'b' }, /'a' would have options and no URL/);
  refuses({ kind: 'remove', name: 'a' }, /options and no URL/);
  writeFileSync(local.path, `['remote "b"']\n    jobs = 0\n`);
  refuses({ kind: 'rename', name: 'a', to: 'b' }, /'jobs' has to be/);
  assert.equal(files.spelled('NAS-Ä'), 'nas-ä');
  writeFileSync(local.path, '');
  refuses(set('jobs', '0'), /'jobs' has to be a whole number above 0/);
  for (const change of [
    set('user', 'é'),
    { kind: 'rename', name: 'a', to: 'é' },
    { kind: 'declare', name: 'é', url: '/x' },
    { kind: 'declare', name: 'c', url: '/é' },
  ] as const)
    refuses(change, /other letters than those of ASCII/);
  assert.equal(project.resolved('~/x'), join(homedir(), 'x'));
  refuses(set('region', '1'), /no option 'region' for a remote with the URL \/a$/);
  refuses(set('type', `"'''"""'`), /cannot be written/);
  // From the folder of the file, as DVC reads it.
  const here = (path: string): string => relative(process.cwd(), join(root, path));
  assert.equal(project.written('url', join(root, 'store')), join(root, 'store'));
  assert.equal(project.written('url', here('store')), '../store');
  assert.equal(project.written('url', '~/store'), '~/store');
  assert.equal(project.written('region', './x'), './x');
  assert.deepEqual(
    ['../store', 's3://bucket/x', '/abs'].map((url) => project.resolved(url)),
    [join(root, 'store'), 's3://bucket/x', '/abs'],
  );
});
