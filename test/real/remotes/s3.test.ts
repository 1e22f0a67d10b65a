// Remotes on real servers of S3: everything that push, fetch and pull promise, and what they say where it cannot be.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { assertTrueObjects, cloneOf, objectsIn, pipeline } from '../../cache/remote/shared-project.ts';
import { makeWorkspace, runPipe, type Ran, type TestWorkspace } from '../../workspace.ts';
import { startFaultFront } from './fault-front.ts';
import { startMoto, startVersity, type S3Server } from './s3-servers.ts';

const TIMEOUT = { timeout: 900_000 };

interface User {
  readonly project: TestWorkspace;
  readonly pipe: (...args: readonly string[]) => Promise<Ran>;
  /** @returns what it printed, errors included. */
  readonly expect: (code: number, ...args: readonly string[]) => Promise<string>;
}

const remote = (url: string, more = ''): string =>
  `config: {remotes: {shared: {url: s3://bucket/team/cache, endpointurl: '${url}'${more}}}}\n`;

/** @param env over that of the server. */
function userOf(project: TestWorkspace, server: Pick<S3Server, 'env'>, env: NodeJS.ProcessEnv = {}): User {
  const pipe = (...args: readonly string[]): Promise<Ran> =>
    runPipe(project.root, args, { ...server.env, ...env });
  return {
    project,
    pipe,
    async expect(code, ...args) {
      const ran = await pipe(...args);
      assert.equal(ran.code, code, `pipe ${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
      return ran.stdout + ran.stderr;
    },
  };
}

async function makeProject(t: TestContext, url: string, text = pipeline, more = ''): Promise<TestWorkspace> {
  const project = makeWorkspace(t, { 'pipeline.yaml': text + remote(url, more), 'in.txt': 'two\n' });
  await project.repro();
  return project;
}

const SERVERS: Readonly<
  Record<string, (t: TestContext) => Promise<Omit<S3Server, 'folder'> & { readonly folder?: string }>>
> = { versitygw: startVersity, moto: startMoto };

for (const [name, start] of Object.entries(SERVERS))
  test(`${name}: push, pull and records of runs`, TIMEOUT, async (t) => {
    const server = await start(t);
    const env = { PIPE_REMOTE_KEY: 'ours', PIPE_REMOTE_HOST: server.url };
    const { project, expect } = userOf(await makeProject(t, server.url), server, env);
    assert.match(await expect(0, 'push', '--dry'), /^Would push 4 objects/);
    assert.match(await expect(0, 'push', '--run-cache'), /^Pushed 5 objects .* and 2 records/);
    assert.match(await expect(0, 'push', '--run-cache'), /has everything already/);
    assert.match(await expect(0, 'push', '--force'), /^Pushed 4 objects/);
    if (server.folder !== undefined) {
      assert.equal(objectsIn(`${server.folder}/team/cache`).length, 5);
      assertTrueObjects(`${server.folder}/team/cache`);
    }
    const clone = userOf(freshOf(t, project), server, env);
    assert.match(await clone.expect(0, 'pull'), /Fetched 4 objects/);
    assert.equal(clone.project.read('sum.txt'), 'one\ntwo\n');
    const fresh = userOf(freshOf(t, project), server, env);
    for (const file of ['pipeline.lock', 'lines.json']) fresh.project.remove(file);
    assert.match(await fresh.expect(0, 'repro', '--pull'), /2 restored/);
    assert.match(await expect(0, 'doctor'), /ok +remote shared +s3:\/\/bucket\/team\/cache answers/);
  });

/** As a colleague has it: without outputs. */
function freshOf(t: TestContext, project: TestWorkspace): TestWorkspace {
  const clone = cloneOf(t, project);
  for (const name of ['big', 'many']) clone.remove(name);
  return clone;
}

/** More than a page of a listing, and a file in three parts. */
const large = `stages:
  many:
    cmd: mkdir many && for i in $(seq 1 1100); do echo $i > many/$i; done
    outs: [many]
  big:
    cmd: head -c 40000000 /dev/urandom > big
    outs: [big]
`;

test('many files are looked for by listing, large ones are sent in parts', TIMEOUT, async (t) => {
  const server = await startVersity(t);
  const front = await startFaultFront(t, server.url);
  const { project, expect } = userOf(await makeProject(t, front.url, large), server);
  await expect(0, 'push');
  const parts = front.asked.filter((line) => line.includes('partNumber='));
  assert.equal(parts.length, 3);
  assertTrueObjects(`${server.folder}/team/cache`);
  front.asked.length = 0;
  assert.match(await expect(0, 'push'), /has everything already/);
  // One by one they would be 1102.
  assert.ok(front.asked.length < 30, `${front.asked.length} requests`);
  const clone = userOf(freshOf(t, project), server);
  assert.match(await clone.expect(0, 'pull', '-j', '4'), /Fetched 1102 objects \(40 MB\)/);
  assert.ok(readFileSync(clone.project.path('big')).equals(readFileSync(project.path('big'))));
});

test('an interrupted push of a large file goes on where it was', TIMEOUT, async (t) => {
  const server = await startVersity(t);
  const front = await startFaultFront(t, server.url);
  const big = large.slice(large.indexOf('  big:')).replace('40000000', '100000000');
  const { project, expect, pipe } = userOf(await makeProject(t, front.url, `stages:\n${big}`), server);
  // The fifth part is refused for good.
  front.plan = ({ path }) =>
    path.includes('partNumber=5') ? { kind: 'refuse', status: 403, code: 'AccessDenied' } : undefined;
  await expect(1, 'push');
  assert.deepEqual(objectsIn(`${server.folder}/team/cache`), []);
  const first = sentParts(front.asked);
  assert.ok(first.length >= 4, String(first));
  front.plan = () => undefined;
  front.asked.length = 0;
  const { stdout } = await pipe('push', '--json');
  assert.equal((JSON.parse(stdout) as { remotes: { pushed: number }[] }).remotes[0]!.pushed, 1);
  const second = sentParts(front.asked);
  // Those that the server had were not sent again; others of the first try may have been on their way when it ended.
  assert.ok(second.length <= 6 - 4 + 1 && second.includes('5'), String(second));
  assertTrueObjects(`${server.folder}/team/cache`);
  assert.equal(objectsIn(`${server.folder}/team/cache`).length, 1);
  await userOf(freshOf(t, project), server).expect(0, 'pull');
});

const sentParts = (asked: readonly string[]): string[] =>
  asked.flatMap((line) => /^PUT .*partNumber=(\d+)/.exec(line)?.[1] ?? []).sort();

test('two that push the same at once both succeed', TIMEOUT, async (t) => {
  const server = await startVersity(t);
  const { project, pipe } = userOf(await makeProject(t, server.url, large), server);
  const ends = await Promise.all([pipe('push'), pipe('push'), pipe('push', '--force')]);
  for (const { code, stderr } of ends) assert.equal(code, 0, stderr);
  assertTrueObjects(`${server.folder}/team/cache`);
  await userOf(freshOf(t, project), server).expect(0, 'pull');
});

test('every refusal says what is wrong, and what to do', TIMEOUT, async (t) => {
  const server = await startVersity(t);
  const project = await makeProject(t, server.url);
  const { expect } = userOf(project, server);
  await expect(0, 'push');
  const as = (env: NodeJS.ProcessEnv): User => userOf(project, server, env);
  for (const command of ['push', 'fetch']) {
    if (command === 'fetch') project.remove('cache/objects');
    assert.match(
      await as({ AWS_SECRET_ACCESS_KEY: 'other' }).expect(1, command),
      /remote-refused[^]*SignatureDoesNotMatch[^]*check access key and secret/,
    );
    assert.match(
      await as({ AWS_ACCESS_KEY_ID: 'unknown' }).expect(1, command),
      /remote-refused[^]*check access key/,
    );
    const elsewhere = project.read('pipeline.yaml').replace('s3://bucket/', 's3://nowhere/');
    const here = project.read('pipeline.yaml');
    writeFileSync(project.path('pipeline.yaml'), elsewhere);
    assert.match(await expect(1, command), /remote-unreachable[^]*NoSuchBucket|no such bucket/);
    writeFileSync(project.path('pipeline.yaml'), here.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1'));
    assert.match(await expect(1, command), /remote-unreachable[^]*ECONNREFUSED/);
    writeFileSync(project.path('pipeline.yaml'), here);
    assert.match(
      await as({ AWS_ACCESS_KEY_ID: '', PATH: '/usr/bin/none' }).expect(1, command),
      /remote-credentials[^]*allow_anonymous_login/,
    );
    assert.match(
      await as({ AWS_SECRET_ACCESS_KEY: '' }).expect(1, command),
      /remote-credentials[^]*missing +AWS_SECRET_ACCESS_KEY/,
    );
  }
});

test('a server that says which region a bucket is in is believed', TIMEOUT, async (t) => {
  const server = await startVersity(t);
  const front = await startFaultFront(t, server.url);
  const regions: string[] = [];
  front.plan = ({ headers }) => {
    const region = /Credential=[^/]+\/\d+\/([^/]+)/.exec(headers.authorization ?? '')![1]!;
    regions.push(region);
    if (region === 'us-east-1') return undefined;
    return {
      kind: 'refuse',
      status: 301,
      code: 'PermanentRedirect',
      headers: { 'x-amz-bucket-region': 'us-east-1' },
    };
  };
  const { expect } = userOf(await makeProject(t, front.url, pipeline, ', region: mars-1'), server);
  assert.match(await expect(0, 'push'), /^Pushed 4 objects/);
  assert.equal(regions.filter((region) => region === 'mars-1').length <= 8, true);
  front.plan = () => ({ kind: 'refuse', status: 301, code: 'PermanentRedirect' });
  assert.match(await expect(1, 'push', '--force'), /PermanentRedirect[^]*set `region:`/);
});

test('a clock that is wrong is set right once, and else named', TIMEOUT, async (t) => {
  const server = await startVersity(t);
  const front = await startFaultFront(t, server.url);
  const ahead = 3_600_000;
  front.plan = ({ headers }) => {
    const [, date = ''] = /^(\d{8}T\d{6}Z)$/.exec(String(headers['x-amz-date']))!;
    const iso = date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5');
    const isRight = Math.abs(Date.parse(iso) - Date.now() - ahead) < 60_000;
    const code = isRight ? 'AccessDenied' : 'RequestTimeTooSkewed';
    const now = new Date(Date.now() + ahead).toUTCString();
    return { kind: 'refuse', status: 403, code, headers: { date: now } };
  };
  const { expect } = userOf(await makeProject(t, front.url), server);
  // The second request has the server's time, so that what follows is another refusal.
  assert.match(await expect(1, 'push'), /AccessDenied[^]*s3:ListBucket/);
  front.plan = () => ({ kind: 'refuse', status: 403, code: 'RequestTimeTooSkewed' });
  assert.match(await expect(1, 'push'), /RequestTimeTooSkewed[^]*set the clock/);
});

test('servers without conditions, and users without the right to list', TIMEOUT, async (t) => {
  const server = await startVersity(t);
  const front = await startFaultFront(t, server.url);
  front.plan = ({ method, path, headers }) => {
    if (headers['if-none-match'] !== undefined)
      return { kind: 'refuse', status: 501, code: 'NotImplemented' };
    if (method === 'GET' && path.includes('list-type=2'))
      return { kind: 'refuse', status: 403, code: 'AccessDenied' };
    return undefined;
  };
  const { project, expect } = userOf(await makeProject(t, front.url, large), server);
  assert.match(await expect(0, 'push'), /^Pushed 1102 objects/);
  assertTrueObjects(`${server.folder}/team/cache`);
  assert.match(await expect(0, 'push'), /has everything already/);
  await userOf(freshOf(t, project), server).expect(0, 'pull');
});

test('memory stays small, however large the files are', TIMEOUT, async (t) => {
  const server = await startVersity(t);
  const text = `stages:
  big:
    cmd: head -c 400000000 /dev/zero > big && date +%N >> big
    outs: [big]
  many:
    cmd: mkdir many && for i in $(seq 1 3000); do echo $i > many/$i; done
    outs: [many]
`;
  const { project } = userOf(await makeProject(t, server.url, text), server);
  const measured = async (cwd: string, ...args: readonly string[]): Promise<number> => {
    const report = project.path('../rss.json');
    const { code, stderr } = await runPipe(cwd, args, {
      ...server.env,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
        `import { writeFileSync } from 'node:fs';
         process.on('exit', () => writeFileSync(${JSON.stringify(report)}, String(process.resourceUsage().maxRSS)))`,
      )}`,
    });
    assert.equal(code, 0, stderr);
    const kilobytes = Number(readFileSync(report, 'utf8'));
    rmSync(report);
    return kilobytes / 1024;
  };
  const pushing = await measured(project.root, 'push');
  const fetching = await measured(freshOf(t, project).root, 'fetch');
  t.diagnostic(`push ${Math.round(pushing)} MiB, fetch ${Math.round(fetching)} MiB`);
  assert.ok(pushing <= 200 && fetching <= 200, `${pushing} and ${fetching} MiB`);
});

test('nothing is left behind by a push: no unfinished uploads, no temporary files', TIMEOUT, async (t) => {
  const server = await startVersity(t);
  const { expect } = userOf(await makeProject(t, server.url, large), server);
  await expect(0, 'push');
  const others = globSync('team/cache/**', { cwd: server.folder, withFileTypes: true }).filter(
    (entry) =>
      entry.isFile() &&
      !/^[0-9a-f]{62}(\.dir)?$/.test(entry.name) &&
      // Says to garbage collection when somebody pushed last.
      !entry.parentPath.endsWith('/pipe/pushes'),
  );
  assert.deepEqual(
    others.map(({ name }) => name),
    [],
  );
  assert.ok(
    !existsSync(`${server.folder}/.sgwtmp/multipart`) ||
      globSync(`${server.folder}/.sgwtmp/multipart/*/*`).length === 0,
  );
});
