// Runs git on other people's repositories: without hooks and helpers of a repository, with the usual protocols only, without questions
// that no one could answer, and without waiting for ever for a server that says nothing.
import { PipeError } from '../base/problem.ts';
import { QUICK } from '../cache/remote/pace.ts';
import { runProgram, type ProgramEnd } from '../base/run-program.ts';
import { withoutSecrets } from '../base/url-secrets.ts';
import type { GitCommand } from '../revision/git-objects.ts';
import { loginOf } from './git-login.ts';

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
  ['http.lowSpeedLimit', '1'],
].flatMap(([key, value]) => ['-c', `${key}=${value}`]);

/** In seconds. */
interface Patience {
  /** Until a server has said something. */
  readonly connect: number;
  /** A server that is silent for so long counts as lost; the user's own limit for http is in GIT_HTTP_LOW_SPEED_TIME. */
  readonly silent: number;
  /** For all of it. */
  readonly whole?: number | undefined;
}

/** Whoever can type a password may take the time for it. */
const atMost = (seconds: number): number | undefined => (process.stderr.isTTY ? undefined : seconds);

const USUAL: Patience = { connect: 20, silent: 60, whole: atMost(120) };
/** For a question that can stay open. */
const QUICKLY: Patience = { connect: QUICK.seconds, silent: QUICK.seconds, whole: atMost(15) };

/** @param shown the URL in messages. @returns what git printed. @throws PipeError where it fails. */
export function git(folder: string, args: readonly string[], shown: string): string {
  return outputOf(run(folder, args), shown);
}

/** As `git`, with an end. @param quick see `SourceOptions`. */
export function gitWithin(folder: string, args: readonly string[], shown: string, quick: boolean): string {
  const patience = quick ? QUICKLY : USUAL;
  return outputOf(run(folder, args, patience, patience.whole), shown, patience.whole);
}

function outputOf(end: ProgramEnd, shown: string, seconds?: number): string {
  if (end.kind === 'exited' && end.code === 0) return end.stdout;
  throw gitProblem(shown, end.kind === 'exited' ? end.stderr : whyNoEnd(end, seconds));
}

/** Whether git ends well; for questions. */
export function gitSays(folder: string, args: readonly string[]): string | undefined {
  const end = run(folder, args);
  return end.kind === 'exited' && end.code === 0 ? end.stdout : undefined;
}

/** What git says about why it fails; for questions. '' where it ends well, or never ends. */
export function complaintOf(folder: string, args: readonly string[]): string {
  const end = run(folder, args);
  return end.kind === 'exited' && end.code !== 0 ? end.stderr : '';
}

const run = (
  folder: string,
  args: readonly string[],
  patience: Patience = USUAL,
  seconds?: number,
): ProgramEnd => {
  const { args: options, env } = gitCommand(folder, patience);
  return runProgram('git', [...options, '-C', folder, ...args], {
    env,
    ...(seconds !== undefined && { timeout: seconds * 1000 }),
  });
};

/** How git is called in a folder. */
export function gitCommand(folder: string, patience: Patience = USUAL): GitCommand {
  const login = loginOf(folder);
  return {
    args: [...SAFE, '-c', `http.lowSpeedTime=${patience.silent}`, ...(login?.args ?? [])],
    env: { ...environment(patience), ...login?.env },
  };
}

const whyNoEnd = ({ kind }: ProgramEnd, seconds: number | undefined): string =>
  kind === 'missing'
    ? 'git is not installed'
    : seconds === undefined
      ? 'git was ended'
      : `there was no answer within ${seconds} s`;

function environment(patience: Patience): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !OWN.test(name));
  return {
    ...Object.fromEntries(kept),
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    LC_ALL: 'C',
    // Without a terminal there is no one to answer.
    ...(!process.stderr.isTTY && { GIT_TERMINAL_PROMPT: '0' }),
    ...(!hasOwnSsh() && {
      GIT_SSH_COMMAND: process.stderr.isTTY ? ssh(patience) : `${ssh(patience)} -o BatchMode=yes`,
    }),
  };
}

/** `ssh` as git calls it by itself, with an end to its patience. */
const ssh = ({ connect, silent }: Patience): string =>
  `ssh -o ConnectTimeout=${connect} -o ServerAliveInterval=${silent / 4} -o ServerAliveCountMax=4`;

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

const withoutSecretUrls = (text: string): string =>
  text
    .replace(/[a-z][a-z0-9+.-]*:\/\/[^\s'"]+/gi, withoutSecrets)
    // `ssh` names a user with the password that a URL has.
    .replace(/(^|[\s'"])[^\s'":/@]*:[^\s'"/@]*@/g, '$1');

function gitProblem(shown: string, complaint: string): PipeError {
  const lines = complaint.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('warning:'));
  // What git says of it itself is only that nothing came: `ssh`, or git there, says why.
  const own = lines.findIndex((line) => line.startsWith('fatal: Could not read from remote repository'));
  const reason =
    own > 0
      ? (lines.slice(0, own).find((line) => /^(?:fatal|error):/.test(line)) ?? lines[own - 1]!)
      : (lines.find((line) => /^(?:fatal|error|remote):/.test(line)) ?? lines[0] ?? 'git failed');
  return new PipeError({
    code: 'repository-unreachable',
    title: `git cannot read ${shown}`,
    facts: [['reason', withoutSecretUrls(reason).slice(0, 500)]],
    hint: 'check the URL, and that `git ls-remote` works with it on this machine',
  });
}
