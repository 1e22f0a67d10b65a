// `pipe gc --cloud` and `pipe remote test` on real servers of S3, by ssh and by rclone: lists, ages, markers of pushes, removal.
import assert from 'node:assert/strict';
import { existsSync, globSync, mkdirSync, utimesSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { assertTrueObjects, cloneOf, objectsIn } from '../../cache/remote/shared-project.ts';
import { makeWorkspace, type Ran } from '../../workspace.ts';
import { install } from '../debian.ts';
import { expecting } from './expecting.ts';
import { startMoto, startVersity } from './s3-servers.ts';
import { clientWith, hostSection, startSshd } from './sshd.ts';

interface Store {
  /** What declares it, as YAML. */
  readonly remote: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where its files are, with the times that it gives; undefined where they are in its memory. */
  readonly folder?: string;
}

async function onVersity(t: TestContext): Promise<Store> {
  const { url, env, folder } = await startVersity(t);
  return { remote: `{url: s3://bucket/team, endpointurl: '${url}'}`, env, folder: `${folder}/team` };
}

async function onMoto(t: TestContext): Promise<Store> {
  const { url, env } = await startMoto(t);
  return { remote: `{url: s3://bucket/team, endpointurl: '${url}'}`, env };
}

async function bySsh(t: TestContext): Promise<Store> {
  const server = await startSshd(t);
  const folder = server.home.path('team');
  return {
    remote: `{url: 'ssh://big${folder}'}`,
    env: clientWith(t, hostSection('big', server)).env,
    folder,
  };
}

function byRclone(t: TestContext): Promise<Store> {
  if (!existsSync('/usr/bin/rclone')) install('rclone');
  const home = makeWorkspace(t, {});
  mkdirSync(home.path('storage'));
  home.write('rclone.conf', `[store]\ntype = alias\nremote = ${home.path('storage')}\n`);
  const env = { RCLONE_CONFIG: home.path('rclone.conf') };
  return Promise.resolve({ remote: '{url: rclone://store/team}', env, folder: home.path('storage/team') });
}

/** Older than what young objects and pushes may be. */
function age(folder: string, hours: number, pattern = '**'): void {
  const time = Date.now() / 1000 - hours * 3600;
  for (const name of globSync(pattern, { cwd: folder })) utimesSync(`${folder}/${name}`, time, time);
}

const STORES = { versitygw: onVersity, moto: onMoto, ssh: bySsh, rclone: byRclone };

for (const [name, open] of Object.entries(STORES))
  test(
    `${name}: what is not needed goes, what is young stays, pushes and collections see each other`,
    { timeout: 900_000 },
    async (t) => {
      const { remote, env, folder } = await open(t);
      const project = makeWorkspace(t, {
        'pipeline.yaml': `stages:
  a: {cmd: cp in a, deps: [in], outs: [a]}
  f: {cmd: mkdir f && cp in f/x && echo same > f/y, deps: [in], outs: [f]}
config: {remotes: {shared: ${remote}}}
`,
        in: 'one',
      });
      const expect = expecting(env);
      const pipe = (code: number, ...args: readonly string[]): Promise<Ran> => expect(code, project, ...args);

      const probe = JSON.parse((await pipe(0, 'remote', 'test', '--json')).stdout) as {
        steps: { step: string; state: string }[];
      };
      assert.deepEqual(
        probe.steps.map(({ step, state }) => `${step} ${state}`),
        ['open', 'write', 'look', 'read', 'list', 'remove'].map((step) => `${step} ok`),
      );
      assert.match((await pipe(0, 'doctor')).stdout, /remote shared .* answers/);

      await project.repro();
      await pipe(0, 'push');
      project.write('in', 'two');
      await project.repro();
      await pipe(0, 'push');
      assert.match(
        (await pipe(0, 'gc', '-c', '-w', '--dry')).stdout,
        /Would remove 0 objects[^]*2 of them only because they are new/,
      );

      // Another clone pushes the same: nothing goes until its push is old enough.
      const clone = cloneOf(t, project);
      for (const out of ['a', 'f']) clone.remove(out);
      await expect(0, clone, 'pull');
      await expect(0, clone, 'push');
      if (folder !== undefined) age(folder, 25, 'objects/**');
      const grace = folder === undefined ? ['--grace', '1m'] : [];
      if (folder !== undefined)
        assert.match(
          (await pipe(1, 'gc', '-c', '-w', '-y')).stderr,
          /remote-busy[^]*pushed to the remote 'shared'/,
        );
      if (folder !== undefined) age(folder, 2, 'pipe/pushes/*');
      const flags = folder === undefined ? ['--grace', '0m'] : grace;
      const planned = await pipe(0, 'gc', '-c', '-w', '--dry', ...flags);
      assert.match(planned.stdout, /Would remove 2 objects/);
      assert.ok(planned.stdout.includes(`from ${clone.root}, `), planned.stdout);
      const done = await pipe(0, 'gc', '-c', '-w', '-y', ...flags);
      assert.match(done.stdout, /2 files \(\d+ B\) from 'shared'/);
      if (folder !== undefined) {
        assertTrueObjects(folder);
        assert.equal(objectsIn(folder).length, 3);
        assert.deepEqual(globSync('pipe/gc/*', { cwd: folder }), []);
      }
      project.remove('cache/objects');
      for (const out of ['a', 'f']) project.remove(out);
      await pipe(0, 'pull');
      assert.equal(project.read('f/x') + project.read('f/y'), 'twosame\n');
      assert.match((await pipe(0, 'status', '-c')).stdout, /have the same/);
    },
  );
