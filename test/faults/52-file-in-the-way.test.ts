// Line 52 and its relatives: whatever the system refuses is an error with its path, never a stack trace, and what only helps
// people is left out where it is damaged.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, globSync, lstatSync, mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { sampleOf, testInWhole } from '../amount.ts';
import { makeWorkspaceMostlyHere, copiesMostlyHere } from '../cli/here.ts';
import { pipeBin, type Ran } from '../workspace.ts';

const NOBODY = 65534;

const pipeline = `stages:
  make: {cmd: 'mkdir -p made && cp in.txt made/one && echo made', deps: [in.txt], outs: [made]}
  sum: {cmd: cat made/one > sum.txt, deps: [made], outs: [sum.txt]}
`;

const makeProject = copiesMostlyHere({ 'pipeline.yaml': pipeline, 'in.txt': '1\n' }, (project) =>
  project.repro(),
);

function assertNoBug({ code, stdout, stderr }: Pick<Ran, 'code' | 'stdout' | 'stderr'>, what: string): void {
  const text = `${what}: ${code}\n${stdout}${stderr}`;
  assert.ok(code === 0 || code === 1, text);
  assert.doesNotMatch(stdout + stderr, /bug in pipe|\n {4}at /, text);
}

const COMMANDS = [['status'], ['repro', '-f'], ['history'], ['logs', 'make'], ['why', 'sum'], ['gc']];

/** Paths of ours, and what is put in their place. */
const PLACES = {
  'cache/state': 'file',
  'cache/state/journal': 'file',
  'cache/state/history.jsonl': 'folder',
  'cache/state/run.lock': 'folder',
  'cache/state/run.owner.json': 'folder',
  'cache/state/folders': 'file',
  'cache/objects': 'file',
  'cache/runs': 'file',
  'cache/logs': 'file',
  'cache/tmp': 'file',
  'cache/placing': 'file',
} as const;

for (const [place, kind] of sampleOf(Object.entries(PLACES), 8)) {
  test(`a ${kind} is in the way at ${place}`, async (t) => {
    const project = await makeProject(t);
    for (const command of COMMANDS) {
      project.remove(place);
      if (kind === 'file') project.write(place, '');
      else mkdirSync(project.path(place), { recursive: true });
      const ran = await project.pipe(...command);
      assertNoBug(ran, `${place} ${command.join(' ')}`);
      // What is refused is said with the path.
      if (ran.code === 1) assert.match(ran.stdout + ran.stderr, /error\[[^]*cache/, ran.stderr);
    }
  });
}

test('the message says what is in the way, and what to do', async (t) => {
  const project = await makeProject(t);
  project.remove('cache/state');
  project.write('cache/state', '');
  for (const command of ['status', 'repro', 'history', 'verify'])
    assert.match(
      (await project.expect(1, command)).stderr,
      /error\[file-in-the-way\][^]*a file is where a folder is needed[^]*cache\/state[^]*move it away/,
    );
  project.remove('cache/state');
  mkdirSync(project.path('cache/state/history.jsonl'), { recursive: true });
  assert.match(
    (await project.expect(1, 'history')).stderr,
    /cannot read the history: a folder[^]*history\.jsonl/,
  );
  assert.match((await project.expect(0, 'repro', '-f')).stderr, /^$/);
});

test('damaged records of what ran are left out', async (t) => {
  const project = await makeProject(t);
  const good = project.read('cache/state/history.jsonl');
  const bad = [
    'null',
    '1',
    '"x"',
    '[]',
    '{}',
    '{"run":1,"stage":"make"}',
    good.trim().slice(0, 40),
    '\0\u00ff',
  ];
  project.write('cache/state/history.jsonl', `${bad.join('\n')}\n${good}${bad.join('\n')}`);
  const { stdout } = await project.expect(0, 'history', '--json');
  assert.equal(stdout.trim().split('\n').length, 2);
  await project.expect(0, 'why', 'make');
  for (const name of globSync('cache/runs/*/*', { cwd: project.root })) project.write(name, bad.join('\n'));
  for (const command of [['repro', '-f'], ['gc'], ['status']]) await project.expect(0, ...command);
});

const limited = (
  cwd: string,
  limit: string,
  args: readonly string[],
): Pick<Ran, 'code' | 'stdout' | 'stderr'> => {
  const script = `ulimit ${limit}; exec "$0" "$@"`;
  const { status, stdout, stderr } = spawnSync(
    '/bin/sh',
    ['-c', script, process.execPath, pipeBin, ...args],
    {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    },
  );
  return { code: status, stdout, stderr };
};

testInWhole('next to no file descriptors: an error that says so', async (t) => {
  const project = await makeProject(t);
  let refused = 0;
  // With fewer Node itself does not start.
  for (const limit of sampleOf([22, 24, 26, 28, 32], 5))
    for (const command of COMMANDS) {
      const ran = limited(project.root, `-n ${limit}`, command);
      assertNoBug(ran, `ulimit -n ${limit}; ${command.join(' ')}`);
      if (/error\[too-many-open-files\]|EMFILE/.test(ran.stdout + ran.stderr)) refused += 1;
    }
  assert.ok(refused > 0);
  await project.expect(0, 'repro', '-f');
});

testInWhole('files that may not grow: an error with the path', async (t) => {
  const project = await makeProject(t);
  project.write('in.txt', 'x'.repeat(10_000));
  const { code, stdout, stderr } = limited(project.root, '-f 8', ['repro']);
  assert.equal(code, 1, stdout + stderr);
  project.write('made/one', 'y'.repeat(10_000));
  const stored = limited(project.root, '-f 8', ['commit', '-f', 'make']);
  assert.equal(stored.code, 1, stored.stdout + stored.stderr);
  assert.match(
    stored.stderr,
    /error\[file-too-large\][^]*larger than the system allows[^]*made[^]*ulimit -f/,
  );
  await project.expect(0, 'repro');
});

test('files and folders that may not be read', async (t) => {
  const project = await makeProject(t);
  const who = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if ('uid' in who) spawnSync('chown', ['-R', `${NOBODY}:${NOBODY}`, project.root]);
  // Ours may not be written to by nobody.
  const compiled = makeWorkspaceMostlyHere(t, {}).root;
  chmodSync(compiled, 0o777);
  const ours = globSync('cache/{*,*/*}', { cwd: project.root });
  for (const path of sampleOf(['cache', 'made', 'in.txt', 'pipeline.lock', ...ours], 14)) {
    const { mode } = lstatSync(project.path(path));
    chmodSync(project.path(path), 0);
    for (const command of [['status'], ['repro', '-f'], ['history']]) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [pipeBin, ...command], {
        cwd: project.root,
        encoding: 'utf8',
        env: {
          ...process.env,
          HOME: project.root,
          NODE_TEST_CONTEXT: undefined,
          NODE_COMPILE_CACHE: compiled,
        },
        ...who,
      });
      assertNoBug({ code: status, stdout, stderr }, `${path} unreadable: ${command.join(' ')}`);
    }
    if (existsSync(project.path(path))) chmodSync(project.path(path), mode & 0o777);
  }
});
