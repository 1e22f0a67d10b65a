// Commands are started by a small process where the system allows it, and by the engine elsewhere: a stage cannot see which.
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { makeWorkspace } from '../workspace.ts';
import {
  makeLocalExecutor,
  openForker,
  shellCommand,
  startDirectly,
  type Execution,
  type Forker,
  type StartedCommand,
} from '../../src/run/run.ts';

const env = {
  PATH: process.env['PATH'],
  HOME: '/nowhere',
  PWD: '/elsewhere',
  OLDPWD: '/before',
  IFS: 'x',
  'BASH_FUNC_hello%%': '() {  echo hello\n}',
  'odd.name-1': "it's = odd\n\ttext",
  EMPTY: '',
  BYTES: 'Ä\u0081€ \u{1F600}',
  PIPE_RUN_ID: 'forker-test',
  // Node adds it to whatever it starts while coverage is measured.
  ...(process.env['NODE_V8_COVERAGE'] !== undefined && {
    NODE_V8_COVERAGE: process.env['NODE_V8_COVERAGE'],
  }),
};

interface Ended {
  readonly exit: unknown;
  readonly stdout: string;
  readonly stderr: string;
  readonly progress: string;
}

async function end({ exit, printed }: StartedCommand): Promise<Ended> {
  const chunks: { [stream: string]: Buffer[] } = { stdout: [], stderr: [], progress: [] };
  printed.listen((stream, chunk) => chunks[stream]!.push(chunk));
  const ended = await exit;
  await printed.close();
  const [stdout, stderr, progress] = Object.values(chunks).map((all) => Buffer.concat(all).toString());
  return { exit: ended, stdout: stdout!, stderr: stderr!, progress: progress! };
}

function open(t: TestContext): Forker | undefined {
  const forker = openForker('forker-test', env, false);
  t.after(() => forker?.close());
  if (!forker) t.skip('the system has no Perl, or is not Linux on x64 or arm64');
  return forker;
}

function command(
  text: string,
  cwd: string,
  more: Record<string, string | undefined> = {},
): ReturnType<typeof shellCommand> {
  return shellCommand(text, { cwd, env: { inherited: env, own: more }, stdin: false });
}

function temporaryFolder(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-test-')));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const commands: readonly (readonly [what: string, text: string, env?: Record<string, string | undefined>])[] =
  [
    ['output, error and progress', 'echo out; echo err >&2; echo progress >&3'],
    ['bytes', "printf '\\000\\377\\r\\n'; echo 'Ä€' >&2"],
    ['much output', 'seq 100000; seq 50000 >&2'],
    ['output before and after a while', 'echo first; sleep 0.1; echo second; sleep 0.1; echo third >&2'],
    ['output that another process goes on with', '(sleep 0.1; echo late; echo late >&2) & echo first'],
    ['an exit code', 'exit 3'],
    ['an exit code that looks like a signal', 'exit 137'],
    ['SIGKILL', 'kill -9 $$'],
    ['SIGABRT', 'kill -6 $$'],
    ['SIGPIPE', 'kill -13 $$'],
    ['SIGINT', 'kill -2 $$'],
    ['a group that ends itself', 'sleep 60 & kill -9 0'],
    ['a stop that is continued', '(sleep 0.1; kill -CONT $$) & kill -STOP $$; exit 4'],
    ['a wrong command', 'if then'],
    ['a command that does not exist', 'no-such-command-at-all'],
    ['the folder', 'pwd; pwd -P'],
    ['the environment', 'env -0 | sort -z', { HOME: undefined, NEW: 'new\nvalue', EMPTY: 'full' }],
    ['the environment of bash', 'hello; env -0 | sort -z', { SHELL: '/bin/bash' }],
    ['signals', 'grep Sig[BI] /proc/self/status'],
    ['limits', 'ulimit -a; umask; nice'],
    [
      'descriptors',
      'ls -l /proc/self/fd | sed "s/.* \\([0-9]* -\\)/\\1/; s/:.*//; s/socket\\|pipe/output/" | grep "^[0-3] "',
    ],
    [
      'no other descriptors',
      'for fd in /proc/self/fd/*; do fd=${fd##*/}; [ $fd -lt 4 ] || [ $fd -gt 200 ] || echo $fd; done',
    ],
    ['standard input', 'cat; readlink /proc/self/fd/0'],
    [
      'a group and a session of its own',
      'set -- $(cat /proc/$$/stat); [ $5 = $$ ] && [ $6 = $$ ] && [ $7 = 0 ] && echo own',
    ],
    ['no terminal', 'true < /dev/tty'],
    ['a long command', `: ${'x'.repeat(100_000)}; echo long`],
    ['too long a command', `: ${'x'.repeat(200_000)}; echo long`],
    ['a shell that does not exist', 'echo', { SHELL: '/no/such/shell' }],
    ['a shell that may not be run', 'echo', { SHELL: '/etc/passwd' }],
    ['a shell by its name', 'echo $0', { SHELL: 'bash' }],
  ];

test('a command that the forker starts is as one that is started directly', async (t) => {
  const forker = open(t);
  if (!forker) return;
  const folder = temporaryFolder(t);
  for (const [what, text, more] of commands) {
    await t.test(what, async () => {
      const asked = command(text, folder, more);
      const forked = await end((await forker.start(asked))!);
      let direct: Ended;
      try {
        direct = await end(startDirectly(asked));
      } catch {
        return assert.equal(forked.exit, undefined, 'whoever asked starts it directly, and learns why');
      }
      const isRefused = (direct.exit as { kind: string }).kind === 'not-started';
      assert.deepEqual(forked, isRefused ? { ...direct, exit: undefined } : direct);
    });
  }
});

// Without variables that a shell would not pass on: commands of plain words need no shell.
const plainEnv = {
  PATH: process.env['PATH'],
  PWD: '/elsewhere',
  OLDPWD: '/before',
  PIPE_RUN_ID: 'forker-test',
};

const plainCommands: readonly (readonly [what: string, text: string, env?: Record<string, string>])[] = [
  ['the environment', 'env'],
  ['the environment of bash', 'env', { SHELL: '/bin/bash' }],
  ['the environment of bash in bash', 'env', { SHELL: '/bin/bash', SHLVL: '3', OLDPWD: '/' }],
  ['a start-up file of bash', 'env', { SHELL: '/bin/bash', BASH_ENV: '/dev/null' }],
  ['a variable that shells drop', 'env', { 'odd.name': 'x' }],
  ['the folder as it is called', 'env', { PWD: 'LINK' }],
  ['files', 'cat < in.txt > out.txt'],
  ['a file that is made longer', 'cat  in.txt >>long.txt'],
  ['a file that is not there yet', 'cat in.txt >> out.txt'],
  ['a file that is replaced', 'cat in.txt > long.txt'],
  ['a file for two outputs', 'cat in.txt > other.txt > out.txt'],
  ['a program by its path', './script.sh a=b --c=d,e 1 > out.txt'],
  ['a program that only a shell runs', './no-shebang a'],
  ['a program that only a shell runs, in bash', './no-shebang a', { SHELL: '/bin/bash' }],
  ['a program whose interpreter does not exist', './no-interpreter > out.txt'],
  ['a program that cannot be run', './in.txt'],
  ['a folder as a program', '/usr'],
  ['a program of the current folder', 'uname', { PATH: ':/usr/bin:/bin' }],
  ['the first program in the path that can be run', 'script.sh x', { PATH: 'data:.:/usr/bin:/bin' }],
  ['no path', 'cat in.txt', { PATH: '' }],
  ['a program that does not exist', 'no-such-program-at-all in.txt'],
  ['an input that does not exist', 'cat < none.txt > out.txt'],
  ['an output in no folder', 'cat in.txt > none/out.txt'],
  ['a failure', 'cat none.txt'],
  ['no input', 'cat'],
  ['words of shells', 'echo -n x'],
  ['a variable', 'A=1 env'],
];

test('a command of plain words needs no shell, and is as one that has it', async (t) => {
  const forker = openForker('forker-test', plainEnv, false);
  t.after(() => forker?.close());
  if (!forker) return t.skip('the system has no Perl, or is not Linux on x64 or arm64');
  const folder = temporaryFolder(t);
  symlinkSync('.', join(folder, 'LINK'));
  const reset = (): void => {
    const files = {
      'in.txt': 'in\n',
      'long.txt': 'longer than the new\n',
      'script.sh': '#!/bin/sh\necho "$0" "$@"\n',
      uname: '#!/bin/sh\necho own\n',
      'no-shebang': 'echo "$0" "$1" "$BASH"\n',
      'no-interpreter': '#!/no/such/interpreter\n',
      'data/script.sh': 'no program\n',
    };
    for (const name of ['other.txt', 'out.txt']) rmSync(join(folder, name), { force: true });
    mkdirSync(join(folder, 'data'), { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, name), text);
      chmodSync(join(folder, name), /^(script|no-|uname)/.test(name) ? 0o755 : 0o644);
    }
  };
  const seen = (ended: Ended): object => ({
    ...ended,
    stdout: ended.stdout.split('\n').sort(),
    files: ['long.txt', 'other.txt', 'out.txt'].map((name) => {
      const path = join(folder, name);
      return existsSync(path) && [readFileSync(path, 'utf8'), statSync(path).mode];
    }),
  });
  for (const [what, text, { PWD, ...more } = {}] of plainCommands) {
    await t.test(what, async () => {
      const own = { ...more, ...(PWD !== undefined && { PWD: join(folder, PWD) }) };
      const env = { inherited: plainEnv, own };
      const asked = shellCommand(text, { cwd: folder, env, stdin: false });
      reset();
      const forked = seen(await end((await forker.start(asked))!));
      reset();
      assert.deepEqual(forked, seen(await end(startDirectly(asked))));
    });
  }
  const isPlain = (text: string): boolean =>
    shellCommand(text, { cwd: folder, env: { inherited: plainEnv, own: {} }, stdin: false }).plain !==
    undefined;
  assert.deepEqual(
    ['cat < /dev/tcp/localhost/1', 'cat </dev/null'].map(isPlain),
    [false, true],
    'bash itself opens paths below /dev',
  );
  const asked = shellCommand('readlink /proc/self', {
    cwd: folder,
    env: { inherited: plainEnv, own: {} },
    stdin: false,
  });
  const plain = (await forker.start(asked))!;
  assert.equal((await end(plain)).stdout, `${plain.pid}\n`, 'no shell had to start it');
});

test('what a command and those that it waited for used is reported', async (t) => {
  const forker = open(t);
  if (!forker) return;
  const started = (await forker.start(
    command(
      `perl -e '$x = "x" x 100_000_000; $i++ for 1 .. 5_000_000; print join " ", times'; true`,
      temporaryFolder(t),
    ),
  ))!;
  assert.equal(started.used!(), undefined);
  const [user, system] = (await end(started)).stdout.split(' ').map(Number) as [number, number];
  const { cpu, memory } = started.used!()!;
  assert.ok(user > 0 && cpu >= user + system, `${cpu} seconds of ${user} + ${system}`);
  assert.ok(memory > 100_000_000 && memory < 1_000_000_000, `${memory} bytes`);
  assert.ok(cpu > 0 && cpu < 60, `${cpu} seconds`);
});

test('of several commands none starts after the request to end; the most memory of any of them is reported', async (t) => {
  const folder = temporaryFolder(t);
  const executor = makeLocalExecutor('forker-test', folder, () => undefined);
  t.after(() => executor.close!());
  const submit = (commands: readonly string[], onLine: () => void): Execution =>
    executor.submit(
      {
        commands,
        cwd: folder,
        env: { inherited: env, own: {} },
        params: '{}',
        log: join(folder, 'log'),
        stdin: false,
      },
      { line: onLine, progress: () => undefined },
    );
  const ended = submit(
    ['trap "exit 0" TERM; echo; while :; do sleep 0.01; done', "trap '' TERM; echo > second"],
    () => ended.cancel('SIGTERM'),
  );
  assert.deepEqual(await ended.exit, { kind: 'signal', signal: 'SIGTERM' });
  assert.equal(existsSync(join(folder, 'second')), false);
  const large = submit([`perl -e '$x = "x" x 50_000_000'`, 'true'], () => undefined);
  await large.exit;
  const used = large.used!();
  assert.ok(!used || used.memory > 50_000_000, `${used?.memory} bytes`);
});

test('whether others of its group run after the end of a command is reported', async (t) => {
  const forker = open(t);
  if (!forker) return;
  const alone = (await forker.start(command('true', '/')))!;
  const leaves = (await forker.start(command('sleep 60 >/dev/null 2>&1 3>&1 &', '/')))!;
  await Promise.all([end(alone), end(leaves)]);
  assert.deepEqual([alone.hasGroup!(), leaves.hasGroup!()], [false, true]);
  process.kill(-leaves.pid!, 'SIGKILL');
});

test('a folder that does not exist is refused', async (t) => {
  const forker = open(t);
  if (!forker) return;
  const started = (await forker.start(command('echo', '/no/such/folder')))!;
  assert.deepEqual(await end(started), { exit: undefined, stdout: '', stderr: '', progress: '' });
});

test('many commands at a time keep their outputs and ends apart', async (t) => {
  const forker = open(t);
  if (!forker) return;
  const folder = temporaryFolder(t);
  const numbers = Array.from({ length: 150 }, (_, index) => index);
  const ended = await Promise.all(
    numbers.map(async (n) =>
      end((await forker.start(command(`echo ${n}; exit $N`, folder, { N: String(n % 100) })))!),
    ),
  );
  assert.deepEqual(
    ended.map(({ exit, stdout }) => [exit, stdout]),
    numbers.map((n) => [{ kind: 'code', code: n % 100 }, `${n}\n`]),
  );
});

test('without the process that had started it a stage is ended, and its failure says why; other stages still start', async (t) => {
  if (!open(t)) return;
  const { root, pipe } = makeWorkspace(t, {
    'pipeline.yaml': `
stages:
  killer: {cmd: kill -9 $PPID; exec sleep 600}
  other: {cmd: echo other > other.txt, outs: [other.txt]}
`,
  });
  const killed = await pipe('repro', 'killer', '--json');
  assert.equal(killed.code, 1, killed.stderr);
  const failed = killed.stdout.split('\n').find((line) => line.includes('"failed"'))!;
  assert.deepEqual((JSON.parse(failed) as { exit: unknown }).exit, {
    kind: 'lost',
    message: 'the process that had started it, which something outside of pipe ended',
  });
  const both = await pipe('repro', '-k', '-j1');
  assert.match(
    both.stdout + both.stderr,
    /'killer' failed: ended with the process that had started it, which something outside of pipe ended/,
  );
  assert.equal(readFileSync(join(root, 'other.txt'), 'utf8'), 'other\n');
});

test('what another process holds open after the end is named, and not waited for', async (t) => {
  const forker = open(t);
  if (!forker) return;
  const started = (await forker.start(command('echo first; readlink /proc/$$/fd/2 >&2; sleep 60 &', '/')))!;
  let stderr = '';
  let stdout = '';
  started.printed.listen((stream, chunk) => {
    if (stream === 'stderr') stderr += chunk.toString();
    if (stream === 'stdout') stdout += chunk.toString();
  });
  await started.exit;
  const held = await started.printed.close();
  assert.equal(stdout, 'first\n');
  assert.equal(held.length, 3);
  assert.ok(held.includes(stderr.trim()), `${stderr} in ${held.join(' ')}`);
  process.kill(-started.pid!, 'SIGKILL');
});

test('what runs is ended where the requests end', async (t) => {
  const forker = open(t);
  if (!forker) return;
  const started = (await forker.start(command('sleep 600 & env -i sleep 600', '/')))!;
  const ended = end(started);
  await forker.close();
  assert.deepEqual((await ended).exit, {
    kind: 'lost',
    message: 'the process that had started it, which something outside of pipe ended',
  });
  while (isAlive(-started.pid!)) await setImmediate();
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

// The end of its reports may come after its own: a program that awaited only one of them could end in between, with code 0.
test('a program that closes it is kept alive by its end and by the end of its reports', async (t) => {
  const forker = open(t);
  if (!forker) return;
  const kinds = () => ['ProcessWrap', 'PipeWrap'].map((kind) => activeResources(kind));
  const [processes, pipes] = kinds() as [number, number];
  const closed = forker.close();
  assert.deepEqual(kinds(), [processes + 1, pipes + 1]);
  await closed;
});

/** @returns how many of a kind keep this process alive. */
const activeResources = (kind: string): number =>
  process.getActiveResourcesInfo().filter((each) => each === kind).length;
