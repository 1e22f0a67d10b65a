// Commands in the test's own process: what they load is loaded once, so that a test can ask many questions.
import assert from 'node:assert/strict';
import { mock, type TestContext } from 'node:test';
import { CommanderError, type Command } from 'commander';
import { makeProgram, reportError } from '../../src/cli/cli.ts';
import { copiesOf, makeWorkspace, runPipe, type Ran, type TestWorkspace } from '../workspace.ts';

export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** Each fails the test where the command ends with another code. */
interface Commands {
  readonly both: (code: number, ...args: readonly string[]) => Promise<Printed>;
  /** @returns what it printed on stdout. */
  readonly out: (code: number, ...args: readonly string[]) => Promise<string>;
  /** @returns what it printed on stderr. */
  readonly err: (code: number, ...args: readonly string[]) => Promise<string>;
  /** With `--json`. */
  readonly json: (...args: readonly string[]) => Promise<unknown>;
}

export interface Here extends Pick<TestWorkspace, 'root' | 'path' | 'write' | 'read' | 'remove'>, Commands {
  /** In a folder of the workspace. */
  readonly at: (folder: string) => Commands;
}

/** Its commands run in the process of the test from here on. */
export const inProcess = <Workspace extends Pick<TestWorkspace, 'root' | 'pipe'>>(
  workspace: Workspace,
): Workspace =>
  Object.assign(workspace, {
    pipe: async (...args: readonly string[]): Promise<Ran> => ({
      ...(await runHere(workspace.root, args)),
      signal: null,
    }),
  });

export const makeHere = (t: TestContext, files: Readonly<Record<string, string>>): Here =>
  hereIn(makeWorkspace(t, files));

const hereIn = (workspace: TestWorkspace): Here => ({
  ...workspace,
  ...commandsIn(workspace.root),
  at: (folder) => commandsIn(workspace.path(folder)),
});

/** As `copiesOf`. */
export function copiesHere(
  files: Readonly<Record<string, string>>,
  make: (here: Here) => Promise<unknown>,
): (t: TestContext) => Promise<Here> {
  const copy = copiesOf(files, (workspace) => make(hereIn(workspace)));
  return async (t) => hereIn(await copy(t));
}

function commandsIn(folder: string): Commands {
  const both = async (code: number, ...args: readonly string[]): Promise<Printed> => {
    const ran = await runHere(folder, args);
    if (ran.code === code) return ran;
    throw new Error(`pipe ${args.join(' ')} ended with ${ran.code}, not ${code}\n${ran.stdout}${ran.stderr}`);
  };
  return {
    both,
    out: async (...asked) => (await both(...asked)).stdout,
    err: async (...asked) => (await both(...asked)).stderr,
    json: async (...args) => JSON.parse((await both(0, ...args, '--json')).stdout) as unknown,
  };
}

const STREAMS = ['stdout', 'stderr'] as const;

let isRunning = false;

export async function runHere(
  cwd: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Printed & { readonly code: number }> {
  assert.equal(isRunning, false, 'commands in the process of the test run one after the other');
  isRunning = true;
  const before = { cwd: process.cwd(), code: process.exitCode, env: { ...process.env } };
  const printed = { stdout: '', stderr: '' };
  const mocked = STREAMS.map((name) => {
    const write = process[name].write.bind(process[name]);
    return mock.method(process[name], 'write', (chunk: string | Uint8Array) => {
      // What is no text is the test runner's.
      if (typeof chunk !== 'string') return write(chunk);
      printed[name] += chunk;
      return true;
    });
  });
  process.chdir(cwd);
  process.exitCode = 0;
  setEnvironment({ ...before.env, ...env });
  try {
    await throwing(makeProgram(args[0]))
      .parseAsync(args, { from: 'user' })
      .catch((error: unknown) => {
        process.exitCode = error instanceof CommanderError ? error.exitCode : reportError(error);
      });
    return { code: process.exitCode, ...printed };
  } finally {
    for (const one of mocked) one.mock.restore();
    process.chdir(before.cwd);
    process.exitCode = before.code;
    setEnvironment(before.env);
    isRunning = false;
  }
}

function setEnvironment(wanted: NodeJS.ProcessEnv): void {
  for (const name of Object.keys({ ...process.env, ...wanted })) {
    if (wanted[name] === undefined) delete process.env[name];
    else if (process.env[name] !== wanted[name]) process.env[name] = wanted[name];
  }
}

/** Mistakes of the usage do not end the process. */
function throwing(command: Command): Command {
  command.commands.forEach(throwing);
  return command.exitOverride();
}

/** As `runPipe`, in the process of the test; but a run of stages is one of the compiled engine, which has a fast answer, too. */
export const runPipeMostlyHere: typeof runPipe = async (cwd, args, env) =>
  args[0] === 'repro' ? await runPipe(cwd, args, env) : { ...(await runHere(cwd, args, env)), signal: null };

/** Its commands run by `runPipeMostlyHere` from here on. */
export const mostlyInProcess = <Workspace extends Pick<TestWorkspace, 'root' | 'pipe'>>(
  workspace: Workspace,
): Workspace =>
  Object.assign(workspace, { pipe: (...args: readonly string[]) => runPipeMostlyHere(workspace.root, args) });

/** As `makeWorkspace`, with most commands in the process of the test. */
export const makeWorkspaceMostlyHere: typeof makeWorkspace = (t, files) =>
  mostlyInProcess(makeWorkspace(t, files));

/** As `copiesOf`, with most commands in the process of the test. */
export function copiesMostlyHere(...[files, make]: Parameters<typeof copiesOf>): ReturnType<typeof copiesOf> {
  const copies = copiesOf(files, (made) => make(mostlyInProcess(made)));
  return async (t) => mostlyInProcess(await copies(t));
}

/** As `makeWorkspace`, with commands in the process of the test. */
export const makeWorkspaceHere: typeof makeWorkspace = (t, files) => inProcess(makeWorkspace(t, files));

/** As `copiesOf`, with commands in the process of the test. */
export function copiesOfHere(...[files, make]: Parameters<typeof copiesOf>): ReturnType<typeof copiesOf> {
  const copies = copiesOf(files, (made) => make(inProcess(made)));
  return async (t) => inProcess(await copies(t));
}
