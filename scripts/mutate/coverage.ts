// Which functions of the sources each file of tests calls, in its own process and in the processes that it starts.
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTestFile } from './run-test-file.ts';

export interface Covered {
  readonly test: string;
  readonly seconds: number;
  /** As `path:line`: the line where a function begins that was called. */
  readonly functions: readonly string[];
}

interface Script {
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly ranges: readonly { readonly startOffset: number; readonly count: number }[];
  }[];
}

/** @param root of the copy. @returns undefined where the tests are red without any fault. */
export async function coverageOf(root: string, test: string): Promise<Covered | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-coverage-'));
  try {
    const start = performance.now();
    if (!(await runTestFile(root, test, { NODE_V8_COVERAGE: folder }))) return undefined;
    const seconds = (performance.now() - start) / 1000;
    const functions = new Set<string>();
    const places = new Map<string, Place>();
    for (const file of globSync('*.json', { cwd: folder })) {
      for (const script of scriptsIn(join(folder, file))) addCalled(root, script, places, functions);
    }
    return { test, seconds, functions: [...functions].sort() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Nothing of a process that was killed while it wrote the file. */
function scriptsIn(file: string): readonly Script[] {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { result: Script[] }).result;
  } catch {
    return [];
  }
}

/** From an offset of a script to `path:line` of its source. */
type Place = (offset: number) => string | undefined;

function addCalled(root: string, script: Script, places: Map<string, Place>, functions: Set<string>): void {
  // The engine is a script that is named by its path.
  const path = script.url.startsWith('file:') ? fileURLToPath(script.url) : script.url;
  if (!path.startsWith('/')) return;
  // Tests run copies of the experiment's stages elsewhere.
  const name = /\/(stages\/(?:lib\/)?[\w/-]+\.ts)$/.exec(path)?.[1] ?? relative(root, path);
  if (!/^(?:src|stages)\/.*\.ts$|^dist\/\w[\w-]*\.js$/.test(name)) return;
  // Modules that a test wrote itself.
  if (!existsSync(join(root, name))) return;
  let place = places.get(name);
  if (place === undefined) places.set(name, (place = placesOf(root, name)));
  for (const { ranges } of script.functions) {
    const [whole] = ranges;
    if (whole === undefined || whole.count === 0 || whole.startOffset === 0) continue;
    const at = place(whole.startOffset);
    if (at !== undefined) functions.add(at);
  }
}

function placesOf(root: string, name: string): Place {
  const text = readFileSync(join(root, name), 'utf8');
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const lineOf = (offset: number): number => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low;
  };
  if (name.endsWith('.ts')) return (offset) => `${name}:${lineOf(offset) + 1}`;
  const map = new SourceMap(JSON.parse(readFileSync(join(root, `${name}.map`), 'utf8')) as SourceMapPayload);
  return (offset) => {
    const line = lineOf(offset);
    const entry = map.findEntry(line, offset - starts[line]!);
    if (!('originalSource' in entry)) return undefined;
    const source = relative(root, join(root, dirname(name), entry.originalSource));
    return source.startsWith('src/') ? `${source}:${entry.originalLine + 1}` : undefined;
  };
}
