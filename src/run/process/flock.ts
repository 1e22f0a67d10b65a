// Takes advisory locks (flock) on files. Node has no call for it, so a small child takes them: it holds each lock until a
// request frees it, or until its input closes because this process ended.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { errno, PipeError, type Problem } from '../../base/problem.ts';

export interface FileLocks {
  /**
   * @param file absolute path; created where it is missing. @returns whether it is ours now; false where another holds it.
   * @throws PipeError when the file cannot be opened, or the child is gone.
   */
  lock(file: string): Promise<boolean>;
  unlock(file: string): Promise<void>;
  close(): void;
}

// Both read `lock FILE` and `free FILE`, one per line, and answer `yes`, `no`, or `bad` for a file that cannot be opened.
const PERL = `
use Fcntl qw(:flock); $| = 1; my %held;
while (<STDIN>) {
  chomp; my ($what, $file) = split / /, $_, 2; my $answer = 'yes';
  if ($what eq 'free') { close(delete $held{$file}); }
  elsif (!open(my $handle, '>>', $file)) { $answer = 'bad'; }
  elsif (flock($handle, LOCK_EX | LOCK_NB)) { $held{$file} = $handle; }
  else { $answer = 'no'; }
  print "$answer\\n";
}`;
const PYTHON = `
import fcntl, sys
held = {}
for line in iter(sys.stdin.readline, ''):
    what, file = line.rstrip('\\n').split(' ', 1)
    answer = 'yes'
    if what == 'free':
        held.pop(file).close()
    else:
        answer = 'bad'
        try:
            handle = open(file, 'a')
            answer = 'no'
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held[file] = handle
            answer = 'yes'
        except OSError:
            pass
    print(answer, flush=True)`;

/** An installed program can still fail to run: `probe` tries what it needs. */
const PROGRAMS = [
  { command: 'perl', args: ['-e', PERL], probe: ['-MFcntl', '-e', '1'] },
  { command: 'python3', args: ['-c', PYTHON], probe: ['-c', 'import fcntl'] },
] as const;

/** Undefined where neither perl nor python3 runs. */
export function openFileLocks(): FileLocks | undefined {
  const program = PROGRAMS.find(({ command, probe }) => runs(command, probe));
  if (!program) return undefined;
  const child = spawn(program.command, program.args, { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  if (child.pid === undefined) return refuseStart(child);
  const waiting: ((answer: string) => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line));
  child.on('error', () => {});
  child.on('exit', () => {
    for (const answer of waiting.splice(0)) answer('bad');
  });
  child.stdin.on('error', () => {});
  child.unref();

  const ask = (request: string): Promise<string> =>
    new Promise((resolve) => {
      if (!child.stdin.writable || child.exitCode !== null) return resolve('bad');
      waiting.push(resolve);
      child.stdin.write(`${request}\n`);
    });
  return {
    async lock(file) {
      const answer = await ask(`lock ${file}`);
      if (answer === 'bad') throw new PipeError({ ...unavailable, facts: [['file', file]] });
      return answer === 'yes';
    },
    unlock: async (file) => void (await ask(`free ${file}`)),
    close: () => void child.stdin.end(),
  };
}

/** The reason comes later, as an event: now it is only known that no process or descriptor was left. */
function refuseStart(child: ChildProcess): never {
  child.on('error', () => {});
  throw new PipeError({
    ...unavailable,
    facts: [['reason', 'the system cannot start a process']],
    hint: 'end other programs, or raise the limits (`ulimit -n`, `ulimit -u`)',
  });
}

/** @throws Error where the system cannot start any program at all. */
function runs(command: string, args: readonly string[]): boolean {
  const { status, error } = spawnSync(command, args, { stdio: 'ignore' });
  if (error && !NOT_INSTALLED.includes(errno(error))) throw error;
  return status === 0;
}

const NOT_INSTALLED: readonly unknown[] = ['ENOENT', 'EACCES', 'ENOEXEC'];

const unavailable: Problem = {
  code: 'dvc-lock-unavailable',
  title: "DVC's lock cannot be taken",
  hint: 'correct the permissions of the file and its folder, and run again',
};
