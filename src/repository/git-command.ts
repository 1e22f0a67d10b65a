// Runs git on other people's repositories: without hooks and helpers of a repository, with the usual protocols only, without questions
// that no one could answer.
import { PipeError } from '../base/problem.ts';
import { runProgram } from '../base/run-program.ts';

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
].flatMap(([key, value]) => ['-c', `${key}=${value}`]);

/** @param shown the URL in messages. @returns what git printed. @throws PipeError where it fails. */
export function git(folder: string, args: readonly string[], shown: string): string {
  const end = runProgram('git', [...SAFE, '-C', folder, ...args], { env: environment() });
  if (end.kind === 'exited' && end.code === 0) return end.stdout;
  throw gitProblem(
    shown,
    end.kind === 'exited' ? end.stderr : end.kind === 'missing' ? 'git is not installed' : 'git was ended',
  );
}

/** Whether git ends well; for questions. */
export function gitSays(folder: string, args: readonly string[]): string | undefined {
  const end = runProgram('git', [...SAFE, '-C', folder, ...args], { env: environment() });
  return end.kind === 'exited' && end.code === 0 ? end.stdout : undefined;
}

function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !OWN.test(name));
  return {
    ...Object.fromEntries(kept),
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    LC_ALL: 'C',
    // Without a terminal there is no one to answer.
    ...(!process.stderr.isTTY && { GIT_TERMINAL_PROMPT: '0' }),
  };
}

function gitProblem(shown: string, complaint: string): PipeError {
  const lines = complaint.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('warning:'));
  const reason = lines.find((line) => /^(?:fatal|error|remote):/.test(line)) ?? lines[0] ?? 'git failed';
  return new PipeError({
    code: 'repository-unreachable',
    title: `git cannot read ${shown}`,
    facts: [['reason', reason.slice(0, 500)]],
    hint: 'check the URL, and that `git ls-remote` works with it on this machine',
  });
}
