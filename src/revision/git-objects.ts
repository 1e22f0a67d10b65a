// The objects of a git repository. Most are read from its files: starting git takes longer than all answers together. One
// `git cat-file --batch` answers what is left: unusual names and repositories, objects that are missing, damaged or fetched on demand.
// Node's own child process, since execa takes longer to load than all answers together.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { PipeError } from '../base/problem.ts';
import { commitNamed } from './git/commit-names.ts';
import type { GitObject } from './git/git-object.ts';
import { findRepositoryFiles } from './git/repository-files.ts';
import { openStoredObjects } from './git/stored-objects.ts';

export interface GitObjects {
  /**
   * @param name of an object as git understands it: `HEAD~1^{commit}`, `4b825dc…`.
   * @returns undefined where there is none, or several that the name could mean.
   * @throws PipeError where git cannot run or fails.
   */
  get(name: string): Promise<GitObject | undefined>;
  close(): void;
}

interface Question {
  readonly resolve: (object: GitObject | undefined) => void;
  readonly reject: (error: Error) => void;
}

const LINE_FEED = 10;

const ID = /^[0-9a-f]{40}$/;

/** Options before the command of git, and the whole environment. */
export interface GitCommand {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

const PLAIN = (): GitCommand => ({ args: [], env: process.env });

/** @param folder absolute: the top of a work tree, or a bare repository. @param command asked once git is needed. */
export function openGitObjects(folder: string, command = PLAIN): GitObjects {
  const files = findRepositoryFiles(folder);
  const git = askGit(folder, command);
  if (!files) return git;
  const objects = openStoredObjects(files.objects);
  return {
    async get(name) {
      const found = ID.test(name)
        ? objects.read(name)
        : name.endsWith('^{commit}')
          ? commitNamed(name, files, objects)
          : undefined;
      if (found === 'none') return undefined;
      return found === undefined || found === 'ask-git' ? git.get(name) : found;
    },
    close() {
      objects.close();
      git.close();
    },
  };
}

/** git starts with the first question. */
function askGit(folder: string, command: () => GitCommand): GitObjects {
  let git: ChildProcessWithoutNullStreams | undefined;
  let failure: PipeError | undefined;
  const open: Question[] = [];
  const answers = new AnswerReader((object) => open.shift()?.resolve(object));

  const fail = (reason: string): void => {
    failure ??= gitFailed(reason);
    for (const { reject } of open.splice(0)) reject(failure);
  };

  const start = (): ChildProcessWithoutNullStreams => {
    const { args, env } = command();
    const child = spawn('git', [...args, 'cat-file', '--batch'], { cwd: folder, env, stdio: 'pipe' });
    let complaint = '';
    child.stdout.on('data', (bytes: Buffer) => answers.take(bytes));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    // Reported by the end of git.
    child.stdin.on('error', () => undefined);
    child.on('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'ENOENT' ? 'git is not installed' : error.message),
    );
    child.on('close', (code, signal) =>
      fail(complaint.trim() || (signal ? `ended by ${signal}` : `exit code ${code}`)),
    );
    return child;
  };

  return {
    get(name) {
      // One line is one question; no name of an object has a line break.
      if (/[\n\0]/.test(name) || name.trim() === '') return Promise.resolve(undefined);
      if (failure) return Promise.reject(failure);
      git ??= start();
      const { stdin } = git;
      return new Promise((resolve, reject) => {
        open.push({ resolve, reject });
        stdin.write(`${name}\n`);
      });
    },
    close: () => void git?.stdin.end(),
  };
}

/** Cuts the output of `git cat-file --batch` into answers. */
class AnswerReader {
  readonly #answer: (object: GitObject | undefined) => void;
  #chunks: Buffer[] = [];
  #length = 0;
  /** The object whose bytes are coming, and how many bytes with the line end after it. */
  #coming: { readonly id: string; readonly type: GitObject['type']; readonly length: number } | undefined;

  constructor(answer: (object: GitObject | undefined) => void) {
    this.#answer = answer;
  }

  take(bytes: Buffer): void {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    // A large object comes in many chunks: they are joined once it is whole.
    if (this.#coming && this.#length < this.#coming.length) return;
    let rest = this.#chunks.length === 1 ? bytes : Buffer.concat(this.#chunks);
    for (;;) {
      if (this.#coming) {
        const { id, type, length } = this.#coming;
        if (rest.length < length) break;
        this.#coming = undefined;
        this.#answer({ id, type, bytes: rest.subarray(0, length - 1) });
        rest = rest.subarray(length);
      }
      const end = rest.indexOf(LINE_FEED);
      if (end < 0) break;
      const head = /^([0-9a-f]+) (commit|tree|blob|tag) (\d+)$/.exec(rest.toString('latin1', 0, end));
      rest = rest.subarray(end + 1);
      if (head)
        this.#coming = { id: head[1]!, type: head[2] as GitObject['type'], length: Number(head[3]) + 1 };
      else this.#answer(undefined);
    }
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
  }
}

export function gitFailed(reason: string): PipeError {
  return new PipeError({
    code: 'git-failed',
    title: 'git cannot read the repository',
    facts: [['reason', reason]],
    hint: 'run this in a git repository that has the revision (`git log`, `git fetch`)',
  });
}
