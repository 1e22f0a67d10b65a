// Runs the suites against real peers, and as a whole what `npm test` runs a sample of. Programs that the suites need come from Debian's
// packages, where they are missing; what is on PyPI each suite installs itself (test/real/python.ts). Only some of them, by path or
// pattern: `npm run test:real -- 'test/real/remotes/*.test.ts'`.
import { spawnSync, type SpawnSyncOptions } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
/** Programs, or files by their path, and Debian's packages that bring them. */
const programs = {
  '/usr/sbin/sshd': 'openssh-server',
  '/usr/share/vulkan/icd.d': 'mesa-vulkan-drivers',
  busybox: 'busybox',
  chromium: 'chromium',
  debootstrap: 'debootstrap',
  fish: 'fish',
  fusermount3: 'fuse3',
  git: 'git',
  pdflatex: 'texlive-latex-recommended',
  rclone: 'rclone',
  strace: 'strace',
  tmux: 'tmux',
  zsh: 'zsh',
};

/** Suites that write into the repository: backends and packages that others would find half made. */
const alone = ['test/real/experiment/native-backend.test.ts', 'test/real/install/publishable.test.ts'];
/** While one suite waits for a download, a server or a batch system, another one computes. */
const AT_A_TIME = 2;

const asked = process.argv.slice(2);
const chosen = new Set(globSync(asked, { cwd: root }));
if (asked.length > 0 && chosen.size === 0) throw new Error(`no file is called ${asked.join(' or ')}`);

const missing = Object.entries(programs).flatMap(([name, brings]) => (isInstalled(name) ? [] : [brings]));
if (missing.length > 0) install(missing);
const scratch = mkdtempSync(join(tmpdir(), 'pipe-real-'));
const failures = join(scratch, 'failures');
const results = [
  runTests(['--test-concurrency=1'], alone),
  runTests(
    [`--test-concurrency=${AT_A_TIME}`],
    globSync('test/real/**/*.test.ts', { cwd: root }).filter((file) => !alone.includes(file)),
  ),
  runTests([], filesThatImport(/import \{ (?!testInWhole \}).* \} from '[./]*\/amount\.ts'/)),
  runTests(
    [`--test-name-pattern=^further: `],
    filesThatImport(/import \{ testInWhole \} from '[./]*\/amount\.ts'/),
  ),
];
process.exitCode = results.every((status) => status === 0) ? 0 : 1;
// The report of a group that failed is far above by now.
if (existsSync(failures)) console.log(`\nfailed in all groups:\n${readFileSync(failures, 'utf8')}`);
rmSync(scratch, { recursive: true });

/** @returns the exit status; 0 where none of these files is asked for. */
function runTests(args: readonly string[], files: readonly string[]): number | null {
  const some = asked.length > 0 ? files.filter((file) => chosen.has(file)) : files;
  if (some.length === 0) return 0;
  const options: SpawnSyncOptions = {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PIPE_TESTS: 'all', PIPE_TEST_FAILURES: failures },
  };
  return spawnSync(process.execPath, ['scripts/test.ts', ...args, ...some], options).status;
}

/** Tests that run in part under `npm test` import test/amount.ts. */
function filesThatImport(pattern: RegExp): string[] {
  const files = globSync(['test/!(real)/**/*.test.ts', 'packages/*/test/**/*.test.ts'], { cwd: root });
  return files.filter((file) => pattern.test(readFileSync(join(root, file), 'utf8')));
}

function isInstalled(name: string): boolean {
  if (name.startsWith('/')) return existsSync(name);
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
}

/** Where this is not allowed, the suite that needs the program fails and says so. */
function install(names: readonly string[]): void {
  console.log(`installing ${names.join(', ')}`);
  const options: SpawnSyncOptions = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  spawnSync('apt-get', ['update', '-qq'], options);
  spawnSync('apt-get', ['install', '-y', '-qq', ...names], options);
}
