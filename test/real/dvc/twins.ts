// Two equal DVC repositories: in one, DVC and pipe take turns; in the other, DVC is alone. After every step both must
// have done the same and hold the same.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { runPipe } from '../../workspace.ts';
import { venv } from '../python.ts';

export const DVC_VERSION = '3.67.1';
/** The YAML writer is what makes the bytes of dvc.lock; DVC itself does not pin it. */
const PACKAGES = [`dvc==${DVC_VERSION}`, 'ruamel.yaml==0.19.1'];

export const dvcPrograms = (): string => venv('dvc', PACKAGES);

/** With what DVC needs for remotes of S3. */
export const dvcWithS3 = (): string => venv('dvc-s3', [...PACKAGES, 'dvc-s3==3.3.0']);

/** With what DVC needs for remotes by ssh and WebDAV. */
export const dvcWithSsh = (): string => venv('dvc-ssh', [...PACKAGES, 'dvc-ssh==4.3.0', 'dvc-webdav==3.0.1']);

export type Tool = 'pipe' | 'dvc';

/** What a repro did. */
export interface Done {
  readonly ran: readonly string[];
  readonly restored: readonly string[];
  readonly failed: boolean;
  readonly output: string;
}

export interface Repository {
  readonly root: string;
  /** @param encoding of the text; default UTF-8. */
  write(name: string, text: string, encoding?: 'latin1' | 'utf8'): void;
  read(name: string): string;
  remove(name: string): void;
  exists(name: string): boolean;
  /** Replaces a text that must be there. */
  replace(name: string, old: string, text: string): void;
  /** Any failure fails the test. */
  git(...args: readonly string[]): void;
  dvc(...args: readonly string[]): { readonly code: number | null; readonly output: string };
  /** Several commands in one process. @returns what each prints on stdout. */
  dvcCommands(commands: readonly (readonly [folder: string, args: readonly string[]])[]): readonly string[];
  /** Starts DVC; resolves with its exit code. */
  start(...args: readonly string[]): Promise<number | null>;
  repro(tool: Tool, ...args: readonly string[]): Promise<Done>;
  /** The environment of both tools. */
  readonly env: NodeJS.ProcessEnv;
}

export interface Twins {
  /** Where both tools work. */
  readonly shared: Repository;
  /** Where DVC is alone. */
  readonly alone: Repository;
  /**
   * Makes an edit in both, lets `tool` run the shared one and DVC the other, and compares everything.
   * @returns what both did.
   */
  step(name: string, tool: Tool, edit?: (repository: Repository) => void): Promise<Done>;
}

/** @param files by path; texts that start with `#!` become executable. */
export function makeTwins(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Twins {
  const shared = makeRepository(t, files);
  const alone = makeRepository(t, files);
  return {
    shared,
    alone,
    async step(name, tool, edit = () => {}) {
      edit(shared);
      edit(alone);
      const ours = await shared.repro(tool, ...(tool === 'dvc' ? args : args.filter((arg) => arg !== '-P')));
      const theirs = await alone.repro('dvc', ...args);
      const said = `${name}\n--- ${tool}\n${ours.output}\n--- dvc alone\n${theirs.output}`;
      assert.equal(ours.failed, theirs.failed, `ends in the same way: ${said}`);
      assert.deepEqual(ours.ran, theirs.ran, `runs the same stages: ${said}`);
      assert.deepEqual(ours.restored, theirs.restored, `restores the same stages: ${said}`);
      assert.deepEqual(contents(shared), contents(alone), `leaves the same files: ${said}`);
      const status = shared.dvc('status', '--json');
      assert.equal(status.output, alone.dvc('status', '--json').output, `dvc status: ${said}`);
      return ours;
    },
  };
}

/** @param programs the folder of DVC; @param more of the environment, for both tools. */
export function makeRepository(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  programs: string = dvcPrograms(),
  more: NodeJS.ProcessEnv = {},
): Repository {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-dvc-')));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const work = join(root, 'work');
  const env = {
    DVC_NO_ANALYTICS: '1',
    DVC_SITE_CACHE_DIR: join(root, 'site'),
    DVC_GLOBAL_CONFIG_DIR: join(root, 'global'),
    DVC_SYSTEM_CONFIG_DIR: join(root, 'system'),
    SHELL: '/bin/sh',
    GIT_CONFIG_GLOBAL: '/dev/null',
    ...more,
    PATH: [programs, dirname(process.execPath), process.env['PATH']].join(delimiter),
  };
  const run = (program: string, ...args: readonly string[]): { code: number | null; output: string } => {
    const { status, stdout, stderr } = spawnSync(program, args, {
      cwd: work,
      env: { ...process.env, ...env },
      encoding: 'utf8',
    });
    return { code: status, output: stdout + stderr };
  };
  const repository: Repository = {
    root: work,
    env,
    write(name, text, encoding = 'utf8') {
      mkdirSync(dirname(join(work, name)), { recursive: true });
      writeFileSync(join(work, name), text, encoding);
      if (text.startsWith('#!')) chmodSync(join(work, name), 0o755);
    },
    read: (name) => readFileSync(join(work, name), 'utf8'),
    remove: (name) => rmSync(join(work, name), { recursive: true, force: true }),
    exists: (name) => existsSync(join(work, name)),
    replace(name, old, text) {
      const before = repository.read(name);
      assert.ok(before.includes(old), `${name} has ${JSON.stringify(old)}`);
      rmSync(join(work, name));
      repository.write(name, before.replace(old, text));
    },
    git(...args) {
      const { code, output } = run('git', ...args);
      assert.equal(code, 0, output);
    },
    dvc: (...args) => run(join(programs, 'dvc'), ...args),
    dvcCommands(commands) {
      const input = commands.map(([folder, args]) => JSON.stringify([join(work, folder), args]));
      const { status, stdout, stderr } = spawnSync(
        join(programs, 'python'),
        [join(import.meta.dirname, 'dvc_commands.py')],
        { input: input.join('\n'), cwd: work, env: { ...process.env, ...env }, encoding: 'utf8' },
      );
      const outputs = stdout.split(/^END \d+\n/m).slice(0, -1);
      assert.equal(outputs.length, commands.length, `${status}\n${stdout}${stderr}`);
      return outputs;
    },
    start: (...args) =>
      new Promise((resolve) => {
        const child = spawn(join(programs, 'dvc'), args, {
          cwd: work,
          env: { ...process.env, ...env },
          stdio: 'ignore',
        });
        child.on('close', resolve);
      }),
    async repro(tool, ...args) {
      if (tool === 'dvc') return readDvc(repository.dvc('repro', ...args));
      // One at a time, as DVC does it: what a failure leaves undone is the same then.
      const { code, stdout, stderr } = await runPipe(work, ['repro', '--json', '-j', '1', ...args], env);
      return readPipe(code, stdout, stderr);
    },
  };
  mkdirSync(work, { recursive: true });
  for (const [program, ...args] of [
    ['git', 'init', '-q'],
    [join(programs, 'dvc'), 'init', '-q'],
  ]) {
    const { code, output } = run(program!, ...args);
    assert.equal(code, 0, output);
  }
  for (const [name, text] of Object.entries(files)) repository.write(name, text);
  return repository;
}

function readDvc({ code, output }: { code: number | null; output: string }): Done {
  const names = (pattern: RegExp): string[] => [...output.matchAll(pattern)].map((match) => match[1]!).sort();
  return {
    ran: names(/^Running stage '(.*)':$/gm),
    restored: names(/^Stage '(.*)' is cached - skipping run/gm),
    failed: code !== 0,
    output,
  };
}

function readPipe(code: number | null, stdout: string, stderr: string): Done {
  const events = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { type: string; stage: string; time: number });
  const names = (type: string): string[] =>
    [...new Set(events.filter((event) => event.type === type).map((event) => event.stage))].sort();
  return { ran: names('start'), restored: names('restored'), failed: code !== 0, output: stdout + stderr };
}

/** Everything but the tools' own folders: bytes by path, with what is executable marked. */
function contents({ root }: Repository): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const visit = (folder: string): void => {
    for (const name of readdirSync(join(root, folder)).sort()) {
      const path = join(folder, name);
      if (path === '.git' || path === '.dvc') continue;
      // Links into the cache count as the files that they are.
      const stats = statSync(join(root, path));
      if (stats.isDirectory()) visit(path);
      else {
        const text = readFileSync(join(root, path), 'latin1');
        // Stages that do not depend on each other run in another order than DVC's, and so their lines are added.
        const kept = name === '.gitignore' ? text.split('\n').sort().join('\n') : text;
        found[path] = ((stats.mode & 0o100) !== 0 ? 'x ' : '- ') + kept;
      }
    }
  };
  visit('.');
  return found;
}
