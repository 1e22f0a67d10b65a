import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { dvcCacheConfig, isOn, readDvcConfig, type DvcConfig } from '../../src/dvc/dvc.ts';
import { PipeError } from '../../src/base/base.ts';

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
    d = s3://bucket/path#fragment
['remote "store"']
    url = /data
`,
  });
  const values = Object.fromEntries([...config.get('core')!].map(([name, { value }]) => [name, value]));
  assert.deepEqual(values, { analytics: 'TRUE', a: 'x # y', b: 'x,y, z', c: '', d: 's3://bucket/path' });
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
  const refuses = (text: string, line: number): void =>
    assert.throws(
      () => cacheOf(t, text),
      (error) =>
        error instanceof PipeError &&
        error.problems[0]!.code === 'bad-dvc-config' &&
        error.problems[0]!.place?.line === line,
    );
  refuses('[cache]\nnonsense\n', 2);
  refuses('[cache\n', 1);
  refuses('[cache]\ndir = "a" b\n', 2);
  refuses('[cache]\ntype = reflink,magic\n', 2);
});
