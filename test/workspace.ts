// A temporary project in which the real command is driven, and what it did there.
import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

const repository = dirname(import.meta.dirname);
export const pipeBin = join(repository, 'bin/pipe.js');

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TestWorkspace {
  readonly root: string;
  readonly path: (name: string) => string;
  readonly write: (name: string, text: string) => void;
  readonly read: (name: string) => string;
  readonly remove: (name: string) => void;
  /** Runs the command to its end. */
  readonly pipe: (...args: readonly string[]) => Promise<Ran>;
  /** As `pipe`, and fails the test when it ends with another code. */
  readonly expect: (code: number, ...args: readonly string[]) => Promise<Ran>;
  /** Addresses of the stages that a `repro` with these arguments executed and restored, sorted; any end but 0 fails the test. */
  readonly repro: (
    ...args: readonly string[]
  ) => Promise<{ ran: string[]; restored: string[]; events: Event[] }>;
}

export type Event = { readonly type: string; readonly stage?: string } & Readonly<Record<string, unknown>>;

/** @param files by path; texts that start with `#!` become executable. The folder goes when the test ends. */
export function makeWorkspace(test: TestContext, files: Readonly<Record<string, string>>): TestWorkspace {
  const workspace = openWorkspace();
  test.after(() => rmSync(workspace.root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) workspace.write(name, text);
  return workspace;
}

function openWorkspace(): TestWorkspace {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-test-')));
  const workspace: TestWorkspace = {
    root,
    path: (name) => join(root, name),
    write(name, text) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
      if (text.startsWith('#!')) chmodSync(join(root, name), 0o755);
    },
    read: (name) => readFileSync(join(root, name), 'utf8'),
    remove: (name) => rmSync(join(root, name), { recursive: true, force: true }),
    pipe: (...args) => runPipe(root, args),
    async expect(code, ...args) {
      const ran = await workspace.pipe(...args);
      if (ran.code !== code)
        throw new Error(
          `pipe ${args.join(' ')} ended with ${ran.code ?? ran.signal}, not ${code}\n${ran.stdout}${ran.stderr}`,
        );
      return ran;
    },
    async repro(...args) {
      const { stdout } = await workspace.expect(0, 'repro', '--json', ...args);
      const events = stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Event);
      const stages = (type: string): string[] =>
        events
          .filter((event) => event.type === type)
          .map((event) => event.stage!)
          .sort();
      return { ran: stages('ran'), restored: stages('restored'), events };
    },
  };
  return workspace;
}

/** Folders of `copiesOf`, which stay for all tests of the process. */
const origins: string[] = [];
process.once('exit', () => {
  for (const root of origins) rmSync(root, { recursive: true, force: true });
});

/**
 * For tests that start from the same project: it is made once, and each of them gets a copy.
 * @param make runs in the first of these tests; what it needs outside of the folder is shared.
 */
export function copiesOf(
  files: Readonly<Record<string, string>>,
  make: (workspace: TestWorkspace) => Promise<unknown>,
): (test: TestContext) => Promise<TestWorkspace> {
  let made: Promise<string> | undefined;
  const makeOnce = async (): Promise<string> => {
    const origin = openWorkspace();
    origins.push(origin.root);
    for (const [name, text] of Object.entries(files)) origin.write(name, text);
    await make(origin);
    return origin.root;
  };
  return async (test) => {
    const root = await (made ??= makeOnce());
    const workspace = makeWorkspace(test, {});
    cpSync(root, workspace.root, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    return workspace;
  };
}

/** Starts the command; `node` in the commands of stages is the one that runs the tests. */
export function startPipe(
  cwd: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ReturnType<typeof spawn> {
  return spawn(process.execPath, [pipeBin, ...args], {
    cwd,
    env: {
      ...process.env,
      NODE_TEST_CONTEXT: undefined,
      // The tests' own (scripts/test.ts).
      NODE_COMPILE_CACHE: undefined,
      CI: undefined,
      PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export function runPipe(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = startPipe(cwd, args, env);
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name]!.setEncoding('utf8').on('data', (chunk: string) => (output[name] += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...output }));
  });
}
