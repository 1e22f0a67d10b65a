// Lines 79 to 82 of the faults, on S3: servers and networks that fail, pushes that are killed, servers that are gone.
import assert from 'node:assert/strict';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { assertTrueObjects, cloneOf, objectsIn } from '../../cache/remote/shared-project.ts';
import { makeWorkspace, runPipe, type Ran, type TestWorkspace } from '../../workspace.ts';
import { startFaultFront, type Asked, type Fault, type FaultFront } from './fault-front.ts';
import { startVersity, type S3Server } from './s3-servers.ts';

const TIMEOUT = { timeout: 900_000 };

/** A directory, and a file in two parts. */
const pipeline = `stages:
  make:
    cmd: mkdir -p made && echo one > made/one && echo two > made/two
    outs: [made]
  big:
    cmd: head -c 20000000 /dev/urandom > big
    outs: [big]
`;

interface Scene {
  readonly server: S3Server;
  readonly front: FaultFront;
  readonly project: TestWorkspace;
  /** Absolute folder of what the bucket has for the project. */
  readonly remote: string;
  readonly pipe: (at: TestWorkspace, ...args: readonly string[]) => Promise<Ran>;
  /** @returns what it printed, errors included. */
  readonly expect: (code: number, at: TestWorkspace, ...args: readonly string[]) => Promise<string>;
}

async function makeScene(t: TestContext, options = ''): Promise<Scene> {
  const server = await startVersity(t);
  const front = await startFaultFront(t, server.url);
  const config = `config: {remotes: {shared: {url: s3://bucket/p, endpointurl: '${front.url}'${options}}}}\n`;
  const project = makeWorkspace(t, { 'pipeline.yaml': pipeline + config });
  await project.repro();
  const env = { ...server.env, PIPE_REMOTE_KEY: 'ours', PIPE_REMOTE_HOST: front.url };
  const pipe = (at: TestWorkspace, ...args: readonly string[]): Promise<Ran> => runPipe(at.root, args, env);
  return {
    server,
    front,
    project,
    pipe,
    remote: join(server.folder, 'p'),
    async expect(code, at, ...args) {
      const ran = await pipe(at, ...args);
      assert.equal(ran.code, code, `pipe ${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
      return ran.stdout + ran.stderr;
    },
  };
}

/** As a colleague has it: without outputs. */
function freshOf(t: TestContext, project: TestWorkspace): TestWorkspace {
  const clone = cloneOf(t, project);
  clone.remove('big');
  return clone;
}

/** Every request fails in this way at first. */
const once =
  (fault: Fault) =>
  ({ before }: Asked): Fault | undefined =>
    before === 0 ? fault : undefined;

const PASSING: readonly Fault[] = [
  { kind: 'refuse', status: 500 },
  { kind: 'refuse', status: 503, code: 'SlowDown', headers: { 'retry-after': '0' } },
  { kind: 'refuse', status: 429, code: 'TooManyRequests' },
  { kind: 'cut request' },
  { kind: 'lose answer' },
  { kind: 'cut answer' },
];

for (const fault of PASSING)
  test(`what passes is no failure: ${JSON.stringify(fault)}`, TIMEOUT, async (t) => {
    const { front, project, remote, expect } = await makeScene(t);
    front.plan = once(fault);
    await expect(0, project, 'push', '--run-cache');
    assert.equal(objectsIn(remote).length, 4);
    assertTrueObjects(remote);
    front.plan = () => undefined;
    assert.match(await expect(0, project, 'push', '--run-cache'), /has everything already/);
    front.asked.length = 0;
    front.plan = once(fault);
    const clone = freshOf(t, project);
    await expect(0, clone, 'pull');
    assert.ok(readFileSync(clone.path('big')).equals(readFileSync(project.path('big'))));
  });

test('a body that was cut goes on where it was', TIMEOUT, async (t) => {
  const { front, project, expect } = await makeScene(t);
  await expect(0, project, 'push', 'big');
  front.asked.length = 0;
  const ranges: unknown[] = [];
  front.plan = ({ method, headers }) => {
    if (method !== 'GET') return undefined;
    ranges.push(headers.range);
    return ranges.length <= 3 ? { kind: 'cut answer' } : undefined;
  };
  await expect(0, freshOf(t, project), 'fetch', 'big');
  assert.equal(ranges[0], undefined);
  assert.equal(ranges.length, 4);
  const starts = ranges.slice(1).map((range) => Number(/^bytes=(\d+)-$/.exec(String(range))![1]));
  assert.ok(starts[0]! > 1_000_000 && starts[0]! < starts[1]! && starts[1]! < starts[2]!, String(ranges));
});

/** Several ranges of 16 MiB, of which the last is short. */
const HUGE = (40 << 20) + 1;

test('a large object comes in ranges at once, each of which goes on where it was', TIMEOUT, async (t) => {
  const { front, project, expect } = await makeScene(t);
  project.write(
    'pipeline.yaml',
    project.read('pipeline.yaml').replace('head -c 20000000', `head -c ${HUGE}`),
  );
  await project.repro();
  await expect(0, project, 'push', 'big');
  const fetched = async (plan: FaultFront['plan'], code = 0): Promise<readonly string[]> => {
    const ranges: string[] = [];
    front.plan = (asked) => {
      if (asked.method === 'GET' && asked.path.includes('/objects/'))
        ranges.push(asked.headers.range ?? 'all');
      return plan(asked);
    };
    const clone = freshOf(t, project);
    const printed = await expect(code, clone, 'fetch', 'big');
    if (code !== 0) assert.match(printed, /remote-corrupt/);
    assert.equal(objectsIn(clone.path('cache')).length, code === 0 ? 1 : 0);
    assertTrueObjects(clone.path('cache'));
    return ranges;
  };
  const plain = await fetched(() => undefined);
  const starts = [0, 1, 2].map((index) => index * (16 << 20));
  const ends = [...starts.slice(1), HUGE].map((end) => end - 1);
  assert.deepEqual(
    plain.toSorted(),
    starts.map((start, index) => `bytes=${start}-${ends[index]}`).toSorted(),
  );

  const failed = new Map<string, number>();
  const cut = await fetched(({ method, headers: { range } }) => {
    if (method !== 'GET' || range === undefined) return undefined;
    const end = range.slice(range.indexOf('-'));
    const count = failed.get(end) ?? 0;
    failed.set(end, count + 1);
    return ([{ kind: 'lose answer' }, { kind: 'cut answer' }, { kind: 'refuse', status: 503 }] as const)[
      count
    ];
  });
  assert.equal(cut.length, 4 * starts.length);
  assert.equal(new Set(cut).size, 2 * starts.length, 'what came does not come again');

  const isLast = (range?: string): boolean => range?.endsWith(`-${HUGE - 1}`) === true;
  for (const fault of [
    { kind: 'whole' },
    { kind: 'refuse', status: 412, code: 'PreconditionFailed' },
  ] as const) {
    const all = await fetched(({ headers: { range } }) => (isLast(range) ? fault : undefined));
    assert.equal(all.at(-1), 'all', 'a server that does not give ranges is asked for all of it');
  }
  await fetched(({ headers: { range } }) => (isLast(range) ? { kind: 'wrong answer' } : undefined), 1);
});

test(
  'a server that fails for good ends the command with what it says, and keeps what came',
  TIMEOUT,
  async (t) => {
    const { front, project, expect } = await makeScene(t);
    await expect(0, project, 'push');
    front.plan = () => ({ kind: 'refuse', status: 503, code: 'SlowDown', headers: { 'retry-after': '0' } });
    // What it says to the first question, which is a HEAD, has no text.
    assert.match(await expect(1, project, 'push', '--force'), /remote-failed[^]*status 503/);
    const clone = freshOf(t, project);
    assert.match(await expect(1, clone, 'fetch'), /remote-failed[^]*SlowDown/);
    // A run goes on without it.
    assert.match(await expect(0, clone, 'repro', '--pull'), /remote-failed[^]*2 ran/);
  },
);

test('wrong bytes on their way are not believed, in either direction', TIMEOUT, async (t) => {
  const { front, project, remote, expect } = await makeScene(t);
  front.plan = ({ method }) => (method === 'PUT' ? { kind: 'wrong request' } : undefined);
  assert.match(await expect(1, project, 'push'), /remote-failed|remote-refused/);
  assertTrueObjects(remote);
  front.plan = ({ method, before }) =>
    method === 'PUT' && before === 0 ? { kind: 'wrong request' } : undefined;
  await expect(0, project, 'push');
  assertTrueObjects(remote);
  assert.equal(objectsIn(remote).length, 4);
  front.plan = ({ method, path }) =>
    method === 'GET' && path.includes('/objects/') ? { kind: 'wrong answer' } : undefined;
  const clone = freshOf(t, project);
  assert.match(await expect(1, clone, 'pull'), /remote-corrupt/);
  assert.deepEqual(objectsIn(clone.path('cache')), []);
  front.plan = () => undefined;
  await expect(0, clone, 'pull');
});

test('a server that drips a byte now and then counts as silent', TIMEOUT, async (t) => {
  const { front, project, expect } = await makeScene(t);
  await expect(0, project, 'push');
  front.plan = ({ method, path, before }) =>
    method === 'GET' && path.includes('/objects/') && before === 0 ? { kind: 'drip' } : undefined;
  const clone = freshOf(t, project);
  const text = clone.read('pipeline.yaml');
  clone.write('pipeline.yaml', text.replace('url: s3:', 'read_timeout: 2, url: s3:'));
  await expect(0, clone, 'pull', 'big');
  assert.ok(readFileSync(clone.path('big')).equals(readFileSync(project.path('big'))));
});

test('credentials that are over are asked for again; without others the push ends', TIMEOUT, async (t) => {
  const { server, front, project } = await makeScene(t);
  const home = makeWorkspace(t, {
    config: `[default]
credential_process = sh ${project.path('give')} \n`,
  });
  // Another token each time; the server takes no token at all, so the front takes it away.
  project.write(
    'give',
    `echo x >> ${home.path('calls')}
printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"%s"}' ${server.env['AWS_ACCESS_KEY_ID']} ${server.env['AWS_SECRET_ACCESS_KEY']}\n`,
  );
  front.plan = () =>
    home.read('calls') === 'x\n' ? { kind: 'refuse', status: 400, code: 'ExpiredToken' } : undefined;
  const env = {
    ...server.env,
    AWS_ACCESS_KEY_ID: '',
    AWS_SECRET_ACCESS_KEY: '',
    AWS_CONFIG_FILE: home.path('config'),
  };
  const { code, stderr } = await runPipe(project.root, ['push', '-j1'], env);
  assert.equal(code, 0, stderr);
  assert.equal(home.read('calls'), 'x\nx\n');
  front.plan = () => ({ kind: 'refuse', status: 400, code: 'ExpiredToken' });
  const ended = await runPipe(project.root, ['push', '--force'], env);
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /ExpiredToken[^]*new temporary credentials/);
});

test(
  'kill -9 at every step of a push: nothing half, no manifest or record without its objects',
  TIMEOUT,
  async (t) => {
    const { server, front, project, remote, expect } = await makeScene(t);
    const env = { ...server.env, PIPE_REMOTE_KEY: 'ours', PIPE_REMOTE_HOST: front.url };
    const push = ['push', '--run-cache', '-j1'];
    let steps = 0;
    for (let ended = false; !ended;) {
      steps += 1;
      rmSync(remote, { recursive: true, force: true });
      const killed = await runPipe(project.root, push, { ...env, PIPE_FAULT_AT: String(steps) });
      ended = killed.signal === null;
      if (ended) assert.equal(killed.code, 0, killed.stderr);
      assertTrueObjects(remote);
      assertComplete(remote);
      await expect(0, project, ...push);
      assertTrueObjects(remote);
      assert.equal(objectsIn(remote).length, 4);
    }
    // Four objects, one of them in two parts, and two records.
    assert.ok(steps > 4 + 4 + 2, String(steps));
    await expect(0, freshOf(t, project), 'pull');
  },
);

/** Whatever a manifest or a record names is there. */
function assertComplete(remote: string): void {
  const objects = new Set(objectsIn(remote));
  const files = [
    ...globSync('objects/sha256/*/*.dir', { cwd: remote }),
    ...globSync('runs/*/*', { cwd: remote }),
  ];
  for (const file of files)
    for (const [, digest] of readFileSync(join(remote, file), 'utf8').matchAll(
      /"(?:sha256|digest)":"([^"]*)"/g,
    ))
      assert.ok(objects.has(digest!), `${file} names ${digest}, which is not there`);
}

test('a server that is gone ends a push at once, and a run goes on without it', TIMEOUT, async (t) => {
  const { project, pipe } = await makeScene(t);
  const text = project.read('pipeline.yaml');
  project.write('pipeline.yaml', text.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1'));
  assert.match((await pipe(project, 'push')).stderr, /remote-unreachable[^]*ECONNREFUSED/);
  const clone = freshOf(t, project);
  const { code, stdout, stderr } = await pipe(clone, 'repro', '--pull');
  assert.equal(code, 0, stderr);
  assert.match(stdout, /remote-unreachable[^]*2 ran/);
});
