// Takes advisory locks (flock) on files. Node has no call for it, so a small child does it: it holds the locks until it
// is told otherwise, or until its input closes because we died.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

export interface FileLocks {
  /** @param file absolute path; made where it is missing. @returns whether it is ours now; false where another holds it. */
  lock(file: string): Promise<boolean>;
  unlock(file: string): Promise<void>;
  close(): void;
}

// Both read `lock FILE` and `free FILE`, one per line, and answer `yes` or `no`.
const PERL = `
use Fcntl qw(:flock); $| = 1; my %held;
while (<STDIN>) {
  chomp; my ($what, $file) = split / /, $_, 2; my $done = 1;
  if ($what eq 'lock') {
    my $handle;
    $done = open($handle, '>>', $file) && flock($handle, LOCK_EX | LOCK_NB);
    $held{$file} = $handle if $done;
  } else { close(delete $held{$file}); }
  print $done ? "yes\\n" : "no\\n";
}`;
const PYTHON = `
import fcntl, sys
held = {}
for line in iter(sys.stdin.readline, ''):
    what, file = line.rstrip('\\n').split(' ', 1)
    done = True
    if what == 'lock':
        handle = open(file, 'a')
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held[file] = handle
        except OSError:
            done = False
    else:
        held.pop(file).close()
    print('yes' if done else 'no', flush=True)`;

/** Undefined where neither perl nor python3 is installed. */
export function openFileLocks(): FileLocks | undefined {
  const [command, ...args] = isInstalled('perl') ? ['perl', '-e', PERL] : ['python3', '-c', PYTHON];
  if (command === 'python3' && !isInstalled('python3')) return undefined;
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  const waiting: ((answer: boolean) => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line === 'yes'));
  child.on('error', () => {});
  child.on('exit', () => {
    for (const answer of waiting.splice(0)) answer(false);
  });
  child.stdin.on('error', () => {});
  child.unref();

  const ask = (request: string): Promise<boolean> =>
    new Promise((resolve) => {
      if (!child.stdin.writable) return resolve(false);
      waiting.push(resolve);
      child.stdin.write(`${request}\n`);
    });
  return {
    lock: (file) => ask(`lock ${file}`),
    unlock: async (file) => void (await ask(`free ${file}`)),
    close: () => void child.stdin.end(),
  };
}

const isInstalled = (command: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));
