// Runs tests with Node's own runner and prints a summary after its report: `node scripts/test.ts [OPTION …] FILE …`.
// With `--test-random-seed=7` they run in another order, the same for the same seed.
import { spawnSync } from 'node:child_process';
import { chmodSync, globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeEntries } from './test/entries.ts';
import { folderInMemory } from './test/folder-in-memory.ts';

const root = dirname(import.meta.dirname);
const reporters = ['spec', './scripts/test/report.ts'].flatMap((reporter) => [
  `--test-reporter=${reporter}`,
  '--test-reporter-destination=stdout',
]);
// More than there are processors: tests wait for disks and programs half of their time. An option of the caller comes later and counts.
const concurrency = `--test-concurrency=${2 * availableParallelism()}`;
/** A test that waits for ever fails then. */
const timeout = `--test-timeout=${30 * 60_000}`;
const given = process.argv.slice(2);
const options = given.filter((arg) => arg.startsWith('-'));
const files = globSync(
  given.filter((arg) => !arg.startsWith('-')),
  { cwd: root },
).sort();
const memory = folderInMemory();
const scratch = mkdtempSync(join(memory ?? tmpdir(), 'pipe-tests-'));
const env = {
  NODE_COMPILE_CACHE: join(scratch, 'compiled'),
  ...process.env,
  ...(memory !== undefined && { TMPDIR: foldersOfTests() }),
};
// An interrupt ends the tests; this process then still removes the folder.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
compile(files);
const entries = writeEntries(root, files, join(scratch, 'entries'));
const args = ['--test', concurrency, timeout, ...reporters, ...options, ...entries];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env });
rmSync(scratch, { recursive: true, force: true });
process.exitCode = status ?? 1;

/** What a test that was killed leaves goes with the rest, and does not stay in memory. */
function foldersOfTests(): string {
  // Short, since the names of sockets have a limit.
  const folder = join(scratch, 't');
  mkdirSync(folder);
  // Some tests are other users.
  chmodSync(scratch, 0o755);
  chmodSync(folder, 0o1777);
  return folder;
}

/** Fills Node's compile cache, since tests have many processes, which would load the compiler again. A program that imports
 * all of them and cannot be linked has them compiled, and runs none. */
function compile(files: readonly string[]): void {
  const imports = files.map((file) => `import ${JSON.stringify(pathToFileURL(join(root, file)).href)};`);
  const input = [...imports, "import { nothing } from 'node:fs';"].join('\n');
  spawnSync(process.execPath, ['--input-type=module'], { input, stdio: ['pipe', 'ignore', 'ignore'], env });
}
