// What branches and tags record, in a DVC repository: `pipe push -a` sends what `dvc push -a` sends, and `pipe status -c` says of each
// file what `dvc status -c` says.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runPipe } from '../../workspace.ts';
import { makeRepository, type Repository } from './twins.ts';

const DVC_YAML = `stages:
  one:
    cmd: mkdir -p one/deep && cat data data > one/file && echo x > one/deep/same && cp data plain
    deps: [data]
    outs: [one, {plain: {push: false}}]
  two:
    cmd: cat one/file one/file > two
    deps: [one]
    outs: [two]
`;

function dvc(repository: Repository, ...args: readonly string[]): string {
  const { code, output } = repository.dvc(...args);
  assert.equal(code, 0, `dvc ${args.join(' ')}\n${output}`);
  return output;
}

async function pipe(repository: Repository, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runPipe(repository.root, args);
  assert.equal(code, 0, `pipe ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

function git({ root }: Repository, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
}

/** A commit on `main`, a tag, a branch, and a result that is not committed. The remote is `shared`. */
async function makeHistory(t: TestContext): Promise<Repository> {
  const repository = makeRepository(t, { 'dvc.yaml': DVC_YAML, data: 'one' });
  dvc(repository, 'remote', 'add', '-d', 'shared', join(dirname(repository.root), 'remote'));
  git(repository, 'checkout', '-qb', 'main');
  const commit = async (text: string): Promise<void> => {
    rmSync(join(repository.root, 'data'), { force: true });
    repository.write('data', text);
    dvc(repository, 'add', 'data');
    await repository.repro('dvc');
    git(repository, 'add', '-A');
    git(repository, 'commit', '-qm', text);
  };
  await commit('one');
  git(repository, 'tag', 'v1');
  await commit('two');
  git(repository, 'checkout', '-qb', 'other');
  await commit('three');
  git(repository, 'checkout', '-q', 'main');
  await commit('four');
  rmSync(join(repository.root, 'data'));
  repository.write('data', 'five');
  dvc(repository, 'add', 'data');
  await repository.repro('dvc');
  return repository;
}

const remoteOf = ({ root }: Repository): string => join(dirname(root), 'remote');
const objects = (repository: Repository): readonly string[] =>
  globSync('files/md5/*/*', { cwd: remoteOf(repository) }).sort();
const empty = (repository: Repository): void =>
  rmSync(remoteOf(repository), { recursive: true, force: true });

/** State by path, as DVC prints it: of folders, and of the files in them. */
function byPath(json: string): Readonly<Record<string, string>> {
  const { remotes } = JSON.parse(json) as {
    remotes: { outputs: { path: string; objects: { state: string; path?: string }[] }[] }[];
  };
  return Object.fromEntries(
    remotes.flatMap(({ outputs }) =>
      outputs.flatMap(({ path, objects }) =>
        objects.map((one): [string, string] => [
          one.path === undefined ? path : `${path}/${one.path}`,
          one.state,
        ]),
      ),
    ),
  );
}

function theirs(repository: Repository, ...args: readonly string[]): Readonly<Record<string, string>> {
  const output = dvc(repository, 'status', '-c', '--json', ...args);
  return JSON.parse(output.slice(output.indexOf('{'))) as Record<string, string>;
}

test('push of branches, tags and commits', { timeout: 600_000 }, async (t) => {
  const repository = await makeHistory(t);
  for (const flags of [[], ['-a'], ['-T'], ['-A'], ['-a', '-T'], ['-T', 'two']]) {
    empty(repository);
    dvc(repository, 'push', ...flags);
    const expected = objects(repository);
    empty(repository);
    await pipe(repository, 'push', ...flags);
    assert.deepEqual(objects(repository), expected, flags.join(' '));
    assert.match(dvc(repository, 'push', ...flags), /Everything is up to date/);
  }
});

test('status -c', { timeout: 600_000 }, async (t) => {
  const repository = await makeHistory(t);
  const compare = async (...args: readonly string[]): Promise<Readonly<Record<string, string>>> => {
    const ours = byPath(await pipe(repository, 'status', '-c', '--json', ...args));
    assert.deepEqual(ours, theirs(repository, ...args), args.join(' '));
    return ours;
  };
  assert.ok(Object.values(await compare()).every((state) => state === 'new'));
  dvc(repository, 'push');
  assert.deepEqual(await compare(), {});
  assert.deepEqual(await compare('two'), {});
  rmSync(join(repository.root, '.dvc/cache/files'), { recursive: true });
  rmSync(join(dirname(repository.root), 'site'), { recursive: true, force: true });
  // DVC fetches the manifest into its cache to look into it, and no longer counts it.
  const { one, ...ours } = byPath(await pipe(repository, 'status', '-c', '--json'));
  assert.equal(one, 'deleted');
  assert.deepEqual(ours, theirs(repository));
  assert.ok(Object.values(ours).every((state) => state === 'deleted'));
});

test('garbage on the remote', { timeout: 600_000 }, async (t) => {
  const repository = await makeHistory(t);
  await pipe(repository, 'push', '-A');
  const [cache, remote, kept] = [
    join(repository.root, '.dvc/cache'),
    remoteOf(repository),
    `${remoteOf(repository)}-kept`,
  ];
  cpSync(cache, join(kept, 'cache'), { recursive: true });
  cpSync(remote, join(kept, 'remote'), { recursive: true });
  const restore = (): void => {
    for (const [to, from] of [
      [cache, 'cache'],
      [remote, 'remote'],
    ] as const) {
      rmSync(to, { recursive: true, force: true });
      cpSync(join(kept, from), to, { recursive: true });
    }
  };
  const all = objects(repository).length;
  for (const flags of [['-w'], ['-A'], ['-T'], ['--rev', 'v1']]) {
    restore();
    dvc(repository, 'gc', '-c', '-f', ...flags);
    const expected = objects(repository);
    assert.ok(expected.length < all || flags[0] === '-A', flags.join(' '));
    restore();
    await pipe(repository, 'gc', '-c', '-y', '--grace', '0m', ...flags);
    assert.deepEqual(objects(repository), expected, flags.join(' '));
    assert.match(dvc(repository, 'status', '-c'), /in sync/);
  }
});
