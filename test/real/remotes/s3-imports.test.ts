// Imports from a bucket, in a DVC repository: the same `.dvc` files as those of DVC, for a file and for all files below a name.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { makeWorkspace, runPipe } from '../../workspace.ts';
import { dvcWithS3 } from '../dvc/twins.ts';
import { startVersity } from './s3-servers.ts';

test('a file and a folder of a bucket', { timeout: 900_000 }, async (t) => {
  const server = await startVersity(t);
  const put = (key: string, text: string): void => {
    mkdirSync(dirname(join(server.folder, key)), { recursive: true });
    const { status, stderr } = spawnSync(
      'curl',
      [
        '-fsS',
        '-X',
        'PUT',
        '-H',
        'x-amz-content-sha256: UNSIGNED-PAYLOAD',
        '-H',
        'content-type: text/plain',
        '--data-binary',
        text,
        '--aws-sigv4',
        'aws:amz:us-east-1:s3',
        '--user',
        KEYS,
        `${server.url}/bucket/${key}`,
      ],
      { encoding: 'utf8' },
    );
    assert.equal(status, 0, stderr);
  };
  put('data/one', '1');
  put('data/in/two', '22');
  const [ours, theirs] = [0, 1].map(() =>
    makeWorkspace(t, {
      '.dvc/config': `[core]\n    no_scm = true\n['remote "store"']\n    url = s3://bucket\n    endpointurl = ${server.url}\n`,
    }),
  ) as [ReturnType<typeof makeWorkspace>, ReturnType<typeof makeWorkspace>];
  const dvcBin = join(dvcWithS3(), 'dvc');
  const dvc = (...args: readonly string[]): void => {
    const { status, stderr } = spawnSync(dvcBin, args, {
      cwd: theirs.root,
      env: { ...process.env, ...server.env, DVC_NO_ANALYTICS: '1' },
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  };
  const pipe = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runPipe(ours.root, args, server.env);
    assert.equal(code, 0, stdout + stderr);
    return stdout;
  };
  for (const path of ['remote://store/data/one', 'remote://store/data']) {
    await pipe('import-url', path);
    dvc('import-url', path);
  }
  for (const file of ['one.dvc', 'data.dvc']) assert.equal(ours.read(file), theirs.read(file), file);
  assert.equal(ours.read('data/in/two'), '22');
  put('data/one', 'changed');
  const status = await pipe('status');
  assert.match(status, /one.dvc: its source has changed/);
  assert.match(status, /data.dvc: its source has changed/);
  await pipe('update');
  dvc('update', 'one.dvc', 'data.dvc');
  for (const file of ['one.dvc', 'data.dvc']) assert.equal(ours.read(file), theirs.read(file), file);
  writeFileSync(
    join(ours.root, 'dvc.yaml'),
    'stages:\n  u: {cmd: echo x > got, deps: [remote://store/data/one], outs: [got]}\n',
  );
  await pipe('repro');
  assert.match(ours.read('dvc.lock'), /etag: [0-9a-f]{32}/);
});

const KEYS = 'ours:a-secret-of-ours';
