// Runs git on other people's repositories: without hooks and helpers of a repository, with the usual protocols only, without questions
// that no one could answer, and without waiting for ever for a server that says nothing.
import { PipeError } from '../base/problem.ts';
import { runProgram, type ProgramEnd } from '../base/run-program.ts';

/** Variables by which a git command around us would make git work in its own repository. */
const OWN =
  /^GIT_(?:DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|COMMON_DIR|PREFIX|NAMESPACE|ALTERNATE_OBJECT_DIRECTORIES)$/;

const SAFE = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['protocol.ext.allow', 'never'],
  ['fetch.recurseSubmodules', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  // A server that is silent for so long counts as lost; the user's own limits are in GIT_HTTP_LOW_SPEED_TIME.
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', '60'],
].flatMap(([key, value]) => ['-c', `${key}=${value}`]);

/** `ssh` as git calls it by itself, with an end to its patience. */
const SSH = 'ssh -o ConnectTimeout=20 -o ServerAliveInterval=15 -o ServerAliveCountMax=4';

/**
 * @param shown the URL in messages. @param seconds after which git is ended.
 * @returns what git printed. @throws PipeError where it fails.
 */
export function git(folder: string, args: readonly string[], shown: string, seconds?: number): string {
  const end = run(folder, args, seconds);
  if (end.kind === 'exited' && end.code === 0) return end.stdout;
  throw gitProblem(shown, end.kind === 'exited' ? end.stderr : whyNoEnd(end, seconds));
}

/** Whether git ends well; for questions. */
export function gitSays(folder: string, args: readonly string[]): string | undefined {
  const end = run(folder, args);
  return end.kind === 'exited' && end.code === 0 ? end.stdout : undefined;
}

const run = (folder: string, args: readonly string[], seconds?: number): ProgramEnd =>
  runProgram('git', [...SAFE, '-C', folder, ...args], {
    env: environment(),
    ...(seconds !== undefined && { timeout: seconds * 1000 }),
  });

const whyNoEnd = ({ kind }: ProgramEnd, seconds: number | undefined): string =>
  kind === 'missing'
    ? 'git is not installed'
    : seconds === undefined
      ? 'git was ended'
      : `there was no answer within ${seconds} s`;

function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !OWN.test(name));
  return {
    ...Object.fromEntries(kept),
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    LC_ALL: 'C',
    // Without a terminal there is no one to answer.
    ...(!process.stderr.isTTY && { GIT_TERMINAL_PROMPT: '0' }),
    ...(!hasOwnSsh() && { GIT_SSH_COMMAND: process.stderr.isTTY ? SSH : `${SSH} -o BatchMode=yes` }),
  };
}

let ownSsh: boolean | undefined;

/** Whether the user has said how git calls `ssh`. */
function hasOwnSsh(): boolean {
  const { env } = process;
  return (ownSsh ??=
    env['GIT_SSH_COMMAND'] !== undefined ||
    env['GIT_SSH'] !== undefined ||
    configured('core.sshCommand') !== undefined);
}

function configured(key: string): string | undefined {
  const end = runProgram('git', ['config', '--get', key], { cwd: '/' });
  return end.kind === 'exited' && end.code === 0 ? end.stdout : undefined;
}

function gitProblem(shown: string, complaint: string): PipeError {
  const lines = complaint.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('warning:'));
  // What git says of it itself is only that nothing came: `ssh` says why.
  const own = lines.findIndex((line) => line.startsWith('fatal: Could not read from remote repository'));
  const reason =
    (own > 0 ? lines[own - 1] : lines.find((line) => /^(?:fatal|error|remote):/.test(line))) ??
    lines[0] ??
    'git failed';
  return new PipeError({
    code: 'repository-unreachable',
    title: `git cannot read ${shown}`,
    facts: [['reason', reason.slice(0, 500)]],
    hint: 'check the URL, and that `git ls-remote` works with it on this machine',
  });
}
