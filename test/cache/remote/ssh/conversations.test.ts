// Conversations of SFTP: how many there are, which are given up, and the program that carries them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { openRemote, openSshRemote, type Remote } from '../../../../src/cache/cache.ts';
import { makeSpace } from '../../../hash/space.ts';
import { makeSftpServer, type SftpServer } from './sftp-server.ts';
import { fails } from '../fails.ts';

function setVariables(t: TestContext, variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name];
    process.env[name] = value;
    t.after(() => (before === undefined ? delete process.env[name] : (process.env[name] = before)));
  }
}

test(
  'all that is asked fails with the connection, be it sent or waiting for room',
  { timeout: 20_000 },
  async () => {
    const server = makeSftpServer();
    const client = await server.connect();
    server.before = () => 'cut';
    const ended = await Promise.allSettled(Array.from({ length: 600 }, async () => client.stat('base')));
    assert.ok(ended.every(({ status }) => status === 'rejected'));
  },
);

test('a connection that says nothing is given up, what takes its time after twenty times as long', async (t) => {
  const server = makeSftpServer();
  const pace = { bytes: 0, seconds: 4 };
  const clients = [await server.connect(pace), await server.connect(pace)] as const;
  server.folders.add('base');
  server.files.set('x', { bytes: Buffer.from('x'), mode: 0o444, modified: 5 });
  const handle = (await clients[1].openToRead('x'))!;
  await clients[0].close((await clients[0].openToRead('x'))!);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  server.before = () => 'silent';
  const windows = async (asked: Promise<unknown>): Promise<number> => {
    const over = assert.rejects(asked, /too slow: silent for 4 s/).then(() => true);
    const isOver = (): Promise<boolean> => Promise.race([over, setImmediate(false)]);
    let count = 0;
    for (; count < 100 && !(await isOver()); count += 1) t.mock.timers.tick(4000);
    assert.ok(await isOver());
    return count;
  };
  assert.equal(await windows(clients[0].stat('base')), 2, 'what was slow before is over');
  assert.equal(await windows(clients[1].flush(handle, true)), 22);
});

interface Programs {
  readonly server: SftpServer;
  /** What has come of each conversation. */
  readonly conversations: ReadonlyMap<Socket, number>;
  readonly remote: Remote;
  /** Where folders of this process are made. */
  readonly tmp: string;
}

/** A server behind a program in the place of `ssh`. @param accepted is waited for before a conversation begins, by its number. */
function startPrograms(
  t: TestContext,
  accepted: (nth: number) => Promise<void> | undefined = () => undefined,
): Programs {
  const [server, space] = [makeSftpServer(), makeSpace(t)];
  let count = 0;
  server.folders.add('base');
  server.files.set('base/x', { bytes: Buffer.from('whole'), mode: 0o444, modified: 5 });
  const conversations = new Map<Socket, number>();
  const listener = createServer((socket) => {
    conversations.set(socket, 0);
    socket.on('error', () => undefined);
    socket.on('close', () => conversations.delete(socket));
    const begin = (): void => {
      socket.on('data', () => conversations.set(socket, conversations.get(socket)! + 1));
      server.accept(socket);
    };
    const wait = accepted(count++);
    if (wait) void wait.then(begin);
    else begin();
  }).listen(space.path('socket'));
  t.after(() => {
    for (const socket of conversations.keys()) socket.destroy();
    listener.close();
  });
  space.write(
    'bin/ssh',
    `#!${process.execPath}
if (process.argv.includes('-G')) console.log('user ada\\nhostname host.example.org');
else {
  const socket = require('node:net').connect(${JSON.stringify(space.path('socket'))});
  process.stdin.pipe(socket).pipe(process.stdout);
  socket.on('close', () => process.exit(0));
}
`,
    0o755,
  );
  const tmp = space.path('tmp');
  mkdirSync(tmp);
  setVariables(t, { PATH: `${space.path('bin')}:${process.env['PATH']}`, TMPDIR: tmp });
  const remote = openSshRemote({
    name: 'big',
    place: { host: 'big', path: 'base' },
    pace: { bytes: 0, seconds: 60 },
    canAsk: false,
    variable: undefined,
    wait: async () => undefined,
  });
  return { server, conversations, remote, tmp };
}

for (const late of [0, 1])
  test(`a conversation that has not begun yet when the remote is closed ends, too: number ${late}`, { timeout: 30_000 }, async (t) => {
    const [{ promise: began, resolve: begin }, { promise: accepted, resolve: accept }] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { conversations, remote } = startPrograms(t, (nth) => {
      if (nth !== late) return undefined;
      begin();
      return accepted;
    });
    const users = { isBusy: true };
    const asking = async (): Promise<void> => {
      do await remote.size('x').catch(() => undefined);
      while (users.isBusy);
    };
    const asked = Promise.all(Array.from({ length: 64 }, asking));
    await began;
    users.isBusy = false;
    if (late > 0) await asked;
    const ended = [...conversations.keys()].map((socket) => once(socket, 'close'));
    const closed = remote.close();
    accept();
    await Promise.all([closed, asked, ...ended]);
  }); // prettier-ignore

test('a busy server is asked in several conversations; those that break are not asked again, and all of them end', { timeout: 30_000 }, async (t) => {
  const { server, conversations, remote, tmp } = startPrograms(t);
  /** Many at once, each after another one. */
  const sizes = async (count = 1): Promise<void> => {
    const found = await Promise.all(Array.from({ length: 64 }, async () => {
      for (let more = 1; more < count; more += 1) await remote.size('x');
      return remote.size('x');
    }));
    assert.deepEqual(new Set(found), new Set([5]));
  };
  const untilWide = async (): Promise<void> => {
    const used = (): number => [...conversations.values()].filter((count) => count > 3).length;
    for (let turn = 0; turn < 1000 && used() < 2; turn += 1) await sizes(3);
    assert.ok(used() >= 2 && conversations.size <= 4, [...conversations.values()].join());
  };
  await untilWide();
  let left = 1;
  server.before = () => (left-- > 0 ? 'cut' : undefined);
  await sizes();
  await untilWide();
  const broken = [...conversations.keys()].map((socket) => once(socket.destroy(), 'close'));
  await Promise.all(broken);
  await sizes();
  await untilWide();
  const ended = [...conversations.keys()].map((socket) => once(socket, 'close'));
  await remote.close();
  await Promise.all(ended);
  assert.deepEqual(readdirSync(tmp), []);
}); // prettier-ignore

test('ssh itself is called with the password in its environment alone, and nothing of it is left', { timeout: 30_000 }, async (t) => {
  const space = makeSpace(t);
  const tmp = space.path('tmp');
  mkdirSync(tmp);
  const says = (script: string): string =>
    space.write('bin/ssh', `#!/bin/sh\ncase $1 in -G) echo user ada; echo hostname host.example.org; exit ;; esac\nls "$TMPDIR" > "$TMPDIR/../seen"; echo "$PIPE_SSH_LOGIN $PIPE_SSH_PASSWORD $SSH_ASKPASS$PIPE_SSH_PASSPHRASE" >> "$TMPDIR/../seen"; echo "$*" >> "$TMPDIR/../seen"\n${script}\n`, 0o755);
  setVariables(t, { PATH: `${space.path('bin')}:${process.env['PATH']}`, TMPDIR: tmp });
  const look = async (more: object = {}): Promise<unknown> => {
    const remote = openSshRemote({ name: 'big', place: { host: 'big', path: '/d' }, password: 's3cret', pace: { bytes: 0, seconds: 60 }, canAsk: false, variable: 'V', wait: async () => undefined, ...more });
    return remote.size('x').finally(() => remote.close());
  };
  says('echo "ada@big: Permission denied (password)." >&2; exit 255');
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  await assert.rejects(look(), fails('remote-refused', /and not the password.*set V/));
  assert.equal(timers(), before, 'the limit of a login ends with it');
  const [folder, secrets, args] = readFileSync(space.path('seen'), 'utf8').trim().split('\n');
  assert.deepEqual(readdirSync(tmp), []);
  assert.equal(secrets, `ada@host.example.org s3cret ${tmp}/${folder}/askpass`);
  assert.ok(args!.includes(`ControlPath=${tmp}/${folder}/`) && !args!.includes('s3cret'));
  // What is declared reaches it; the environment comes before a password in the URL.
  const option = (value: string) => ({ value, folder: '/keys', shared: false, place: () => undefined });
  const options = new Map(Object.entries({ keyfile: 'own', passphrase: 'phrase', timeout: '9.5', gss_auth: 'yes', allow_agent: 'False' }).map(([name, value]) => [name, option(value)]));
  const remotes = new Map([['big', { url: 'ssh://ada:inurl@big/d', options, folder: '/', place: () => undefined }]]);
  const env = { XDG_CONFIG_HOME: tmp, PIPE_REMOTE_BIG_PASSWORD: 'given', PIPE_REMOTE_BIG_HOST: 'ssh://big' };
  for (const [quick, seconds] of [[false, 10], [true, 4]] as const) {
    const declared = await openRemote({ remotes }, 'big', { root: '/', env, quick });
    await assert.rejects(declared.size('x').finally(() => declared.close()), fails('remote-refused'));
    const [, given = '', called = ''] = readFileSync(space.path('seen'), 'utf8').trim().split('\n');
    assert.match(given, /^ada@host\.example\.org given .*\/askpassphrase$/);
    assert.ok(called.includes(`-o ConnectTimeout=${seconds} `), called);
    for (const wanted of ['-l ada -i /keys/own -o IdentitiesOnly=yes -- big', 'GSSAPIAuthentication=yes', 'IdentityAgent=none', 'BatchMode=no'])
      assert.ok(called.includes(wanted), called);
    assert.ok(!/inurl|given|phrase/.test(called));
  }
  // A passphrase is given without a password, too.
  const phrase = await openRemote({ remotes: new Map([['big', { ...remotes.get('big')!, url: 'ssh://big/d' }]]) }, 'big', { root: '/', env: { XDG_CONFIG_HOME: tmp } });
  await assert.rejects(phrase.size('x').finally(() => phrase.close()), fails('remote-refused'));
  assert.match(readFileSync(space.path('seen'), 'utf8'), /\/askpassphrase$/m);
  says('echo Welcome; exit 0');
  for (const more of [{}, { canAsk: true, loginSeconds: 0 }])
    await assert.rejects(look(more), fails('remote-refused', /does not speak SFTP, but says: Welcome/));
  // Who says nothing is given up, and ended.
  says(`echo $$ > '${space.path('pid')}'; exec sleep 1000`);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const silent = assert.rejects(look({ loginSeconds: 5 }), fails('remote-unreachable', /does not let us in within 5 s/));
  const pidOf = (): number => (existsSync(space.path('pid')) ? Number(readFileSync(space.path('pid'), 'utf8')) : 0);
  while (pidOf() === 0) await setImmediate();
  t.mock.timers.tick(5000);
  await silent;
  const pid = pidOf();
  for (let lives = true; lives; ) {
    await setImmediate();
    try { process.kill(pid, 0); } catch { lives = false; }
  }
  says('echo "kex_exchange_identification: Connection reset by peer" >&2; exit 255');
  await assert.rejects(look(), fails('remote-failed', /reset by peer/));
  assert.deepEqual(readdirSync(tmp), []);
}); // prettier-ignore
