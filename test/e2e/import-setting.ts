// A repository whose data can be imported, and a project that imports.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeWorkspaceMostlyHere, runPipeMostlyHere } from '../cli/here.ts';
import type { Ran, TestWorkspace } from '../workspace.ts';

export const PIPELINE = `stages:
  make:
    cmd: mkdir -p out/deep && echo 1 > out/one && echo 2 > out/deep/two && echo 3 > out/deep/three && echo m > model.bin
    deps: [source.txt]
    outs: [out, model.bin]
config:
  remotes: {shared: {url: REMOTE}}
`;

export function git(folder: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=Me', '-c', 'user.email=me@example.com', '-c', 'init.defaultBranch=main'];
  const { status, stdout, stderr } = spawnSync('git', [...identity, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

interface Setting {
  /** The repository whose data is imported. */
  readonly up: TestWorkspace;
  /** The project that imports. */
  readonly here: TestWorkspace;
  readonly pipe: (...args: readonly string[]) => Promise<Ran>;
  readonly expect: (code: number, ...args: readonly string[]) => Promise<Ran>;
  /** Commits everything; the id. */
  readonly commit: (message: string) => string;
}

/** @param run `runPipe` where the test's own process is a server: the engine waits for git. */
export async function setting(
  t: TestContext,
  pipeline = 'stages: {}\n',
  run = runPipeMostlyHere,
): Promise<Setting> {
  const remote = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-remote-')));
  t.after(() => rmSync(remote, { recursive: true, force: true }));
  const up = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': PIPELINE.replace('REMOTE', remote),
    'source.txt': 'x',
    tool: '#!/bin/sh\n',
  });
  const here = makeWorkspaceMostlyHere(t, { 'pipeline.yaml': pipeline });
  const cache = makeWorkspaceMostlyHere(t, {});
  git(up.root, 'init', '-q');
  await up.repro();
  await up.expect(0, 'push');
  const commit = (message: string): string => {
    git(up.root, 'add', '-A');
    git(up.root, 'commit', '-qm', message);
    return git(up.root, 'rev-parse', 'HEAD');
  };
  const pipe = (...args: readonly string[]): Promise<Ran> =>
    run(here.root, args, { XDG_CACHE_HOME: cache.root, GIT_CONFIG_GLOBAL: '/dev/null' });
  return {
    up,
    here,
    commit,
    pipe,
    async expect(code, ...args) {
      const ran = await pipe(...args);
      assert.equal(ran.code, code, `pipe ${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
      return ran;
    },
  };
}
