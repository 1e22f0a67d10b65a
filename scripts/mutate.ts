// Puts small faults into sources, one at a time, runs the tests that call the code, and prints the faults that no test noticed:
// `npm run mutate -- [--sample N] [--seed N] [--tests GLOB]… PATH…`. Works in a copy of the repository.
import { existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { coverageOf, type Covered } from './mutate/coverage.ts';
import { mutationsOf, type Mutation } from './mutate/mutations.ts';
import { runTestFile } from './mutate/run-test-file.ts';
import { openScratch, type Scratch } from './mutate/scratch.ts';

const repository = dirname(import.meta.dirname);
const { values: options, positionals: paths } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    tests: { type: 'string', multiple: true, default: ['test/!(real)/**/*.test.ts'] },
  },
});
if (paths.length === 0) {
  console.error('name files or folders of src/ or stages/: npm run mutate -- --sample 20 src/plan');
  process.exit(2);
}

interface Fault extends Mutation {
  readonly file: string;
}

const faults = sample(paths.flatMap(sourcesOf).flatMap(faultsOf), Number(options.sample));
const scratch = await openScratch(repository);
process.on('SIGINT', () => void scratch.close().finally(() => process.exit(130)));
try {
  process.exitCode = (await tryAll(scratch)) ? 0 : 1;
} finally {
  await scratch.close();
}

/** @returns whether every fault was noticed. */
async function tryAll({ root, build }: Scratch): Promise<boolean> {
  await build();
  const coverage = await measure(root);
  const counts = { noticed: 0, survived: 0, 'not called': 0 };
  for (const fault of faults) {
    const outcome = await tryOne({ root, build }, fault, coverage);
    counts[outcome] += 1;
    if (outcome !== 'noticed') console.log(`${outcome}: ${describe(fault)}`);
  }
  console.log(Object.entries(counts).map(([name, count]) => `${count} ${name}`).join(', ')); // prettier-ignore
  return counts.noticed === faults.length;
}

type Outcome = 'noticed' | 'survived' | 'not called';

async function tryOne(
  { root, build }: Pick<Scratch, 'root' | 'build'>,
  fault: Fault,
  coverage: readonly Covered[],
): Promise<Outcome> {
  const tests = testsOf(fault, coverage);
  if (tests.length === 0) return 'not called';
  const path = join(root, fault.file);
  const source = readFileSync(path, 'utf8');
  writeFileSync(path, source.slice(0, fault.from) + fault.text + source.slice(fault.to));
  try {
    if (!(await build())) return 'noticed';
    for (const { test, seconds } of tests)
      if (!(await runTestFile(root, test, {}, 30 + 5 * seconds))) return 'noticed';
    return 'survived';
  } finally {
    writeFileSync(path, source);
  }
}

/** Those that call the innermost function around the fault, the quickest first; of a module's own code, all that call the module. */
function testsOf({ file, functions }: Fault, coverage: readonly Covered[]): Covered[] {
  const [line] = functions;
  const calls = ({ functions: called }: Covered): boolean =>
    line === undefined
      ? called.some((name) => name.startsWith(`${file}:`))
      : called.includes(`${file}:${line}`);
  return coverage.filter(calls).sort((a, b) => a.seconds - b.seconds);
}

/** What was measured is kept for the next time, by the contents of the sources and tests. */
async function measure(root: string): Promise<Covered[]> {
  const folder = join(repository, 'node_modules/.cache/pipe-mutate');
  mkdirSync(folder, { recursive: true });
  const all: Covered[] = [];
  for (const test of globSync(options.tests, { cwd: root }).sort()) {
    const kept = join(folder, `${test.replaceAll('/', '+')}.json`);
    const newest = Math.max(...globSync(['src/**/*.ts', test], { cwd: repository }).map(modified));
    if (!existsSync(kept) || statSync(kept).mtimeMs < newest) {
      const covered = await coverageOf(root, test);
      if (covered === undefined) {
        console.log(`left out, for it is red without any fault: ${test}`);
        continue;
      }
      writeFileSync(kept, JSON.stringify(covered));
    }
    all.push(JSON.parse(readFileSync(kept, 'utf8')) as Covered);
  }
  return all;
}

function modified(file: string): number {
  return statSync(join(repository, file)).mtimeMs;
}

function sourcesOf(path: string): string[] {
  const whole = join(repository, path);
  if (!existsSync(whole)) throw new Error(`${path}: no such file or folder`);
  return statSync(whole).isDirectory() ? globSync(`${path}/**/*.ts`, { cwd: repository }).sort() : [path];
}

function faultsOf(file: string): Fault[] {
  const source = readFileSync(join(repository, file), 'utf8');
  return mutationsOf(source, file).map((mutation) => ({ ...mutation, file }));
}

/** The same for the same seed. */
function sample(all: readonly Fault[], count: number): Fault[] {
  let state = Number(options.seed);
  const chosen = all.map((fault) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return { fault, order: state };
  });
  return chosen
    .sort((a, b) => a.order - b.order)
    .slice(0, count)
    .map(({ fault }) => fault);
}

function describe({ file, line, from, to, text }: Fault): string {
  const source = readFileSync(join(repository, file), 'utf8');
  const short = (part: string): string => part.replaceAll(/\s+/g, ' ').slice(0, 70);
  return `${file}:${line}: ${short(source.slice(from, to))} → ${short(text) || 'nothing'}`;
}
