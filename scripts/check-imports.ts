// Checks the direction of imports between the rooms of the engine and those of the experiment, that no files import each
// other in a circle (imports of types included), and that the engine and the experiment do not import each other. Tests and
// benchmarks import a room through its front door, the file of its name. Helpers of tests have no
// hooks of their own: scripts/test/entries.ts looks for them in files of tests only.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { HOOK } from './test/entries.ts';

const root = dirname(import.meta.dirname);

const GROUND = ['base', 'disk', 'yaml'];
const STORES = ['hash', 'lock', 'cache', 'graph'];
const ENGINE = [...GROUND, 'pipeline', ...STORES, 'experiment', 'source', 'plan', 'run'];
/** The rooms of `src/`, and which others the files of each may import. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  base: [],
  disk: ['base'],
  yaml: ['base', 'disk'],
  pipeline: GROUND,
  hash: [...GROUND, 'pipeline'],
  graph: [...GROUND, 'pipeline', 'hash'],
  lock: [...GROUND, 'pipeline', 'hash'],
  cache: [...GROUND, 'pipeline', 'hash', 'lock'],
  source: [...GROUND, 'pipeline', ...STORES],
  experiment: [...GROUND, 'pipeline', 'hash', 'lock'],
  plan: [...GROUND, 'pipeline', ...STORES],
  run: [...GROUND, 'pipeline', ...STORES, 'experiment', 'source', 'plan'],
  dialect: ENGINE,
  own: [...ENGINE, 'dialect'],
  dvc: [...ENGINE, 'dialect'],
  compare: [...GROUND, 'pipeline'],
  plots: [...GROUND, 'pipeline'],
  show: [...ENGINE, 'compare', 'plots'],
  fast: ['base', 'disk', 'show'],
  session: [...ENGINE, 'dialect', 'own', 'dvc', 'show', 'fast'],
  revision: [...ENGINE, 'compare', 'plots', 'dialect', 'session'],
  repository: [...ENGINE, 'dialect', 'session', 'revision'],
  ui: [...ENGINE, 'dialect', 'compare', 'show', 'session', 'revision', 'plots'],
  cli: [...ENGINE, 'dialect', 'compare', 'show', 'session', 'revision', 'repository', 'plots', 'ui'],
};
/** The only files of `run/` that `show/` may know: data, no behaviour. */
const SHOWN = /^src\/run\/(event|history)\.ts$/;
/** The rooms of the experiment, stages/lib. The stages and their command import any of them. */
const experiment: Readonly<Record<string, readonly string[]>> = {
  stage: [],
  data: ['stage'],
  rivals: ['stage', 'data'],
  model: ['stage', 'data'],
  measure: ['stage', 'data', 'rivals', 'model'],
  training: ['stage', 'data', 'measure', 'model'],
  tables: ['stage', 'measure'],
  figures: ['stage', 'data', 'measure', 'tables'],
  report: ['stage', 'data', 'measure', 'training', 'tables', 'figures'],
  draw: ['stage', 'data', 'measure', 'model', 'figures', 'report'],
  tracking: ['stage', 'data', 'rivals', 'measure', 'training'],
};
/** `src/plan/plan.ts` is the front door of `src/plan/`. */
const DOOR = /^src\/(\w+)\/\1\.ts$/;
/** What else tests import: programs, and the interface of a dialect. */
const OPEN = /^src\/(?:dialect|cli\/main|fast\/answer|hash\/file-worker)\.ts$/;
const IMPORT =
  /(?:^(?:import|export)\b(?:[^'"]*?\bfrom)?\s*|\bimport\(\s*|\bnew URL\(\s*)['"](\.[^'"]+)['"]/gm;

const files = globSync(['src/**/*.{ts,tsx}', 'stages/**/*.ts', 'schema/**/*.ts', 'packages/*/src/**/*.ts'], {
  cwd: root,
}).sort();
const imports = new Map(files.map((file) => [file, importsOf(file)]));
const wrong = files.flatMap((file) =>
  imports
    .get(file)!
    .filter((target) => !isAllowed(file, target))
    .map((target) => `${file} must not import ${target}`),
);
const outside = globSync(['test/**/*.ts', 'bench/**/*.ts'], { cwd: root }).flatMap((file) =>
  importsOf(file)
    .filter((target) => target.startsWith('src/') && !DOOR.test(target) && !OPEN.test(target))
    .map((target) => `${file} must import ${target} through the front door of its room`),
);
const hooks = globSync(['test/**/*.ts', 'packages/*/test/**/*.ts'], { cwd: root })
  .filter((file) => !file.endsWith('.test.ts') && HOOK.test(readFileSync(join(root, file), 'utf8')))
  .map((file) => `${file} must leave hooks of a whole file to the files of tests that import it`);
const circles = findCircles().map((circle) => `these files import each other: ${circle.join(', ')}`);
const found = [...wrong, ...outside, ...hooks, ...circles];
for (const line of found) console.error(line);
process.exitCode = found.length > 0 ? 1 : 0;

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(IMPORT)].map(([, target]) => relative(root, join(root, dirname(file), target!)));
}

function isAllowed(file: string, target: string): boolean {
  if (file.startsWith('stages/')) return target.startsWith('stages/') && isAllowedInStages(file, target);
  // Packages are imported by their names.
  const own = /^(?:schema|packages\/[^/]+)\//.exec(file);
  if (own) return target.startsWith(own[0]);
  if (!target.startsWith('src/')) return target === 'package.json' || /^schema\/[\w-]+\.json$/.test(target);
  if (DOOR.test(target)) return false;
  const [from, to] = [roomOf(file), roomOf(target)];
  if (from === to) return true;
  if (from === 'show' && to === 'run') return SHOWN.test(target);
  return rooms[from]?.includes(to) ?? false;
}

/** `src/plan/decide.ts` → `plan`; `src/dialect.ts` → `dialect`. */
function roomOf(file: string): string {
  return file.split('/')[1]!.replace(/\.ts$/, '');
}

function isAllowedInStages(file: string, target: string): boolean {
  const [from, to] = [file, target].map((path) => /^stages\/lib\/([^/]+)\//.exec(path)?.[1]);
  if (from === undefined) return true;
  return from === to || (to !== undefined && (experiment[from]?.includes(to) ?? false));
}

/** Strongly connected components of more than one file (Tarjan). */
function findCircles(): string[][] {
  const number = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    number.set(file, number.size);
    lowest.set(file, number.get(file)!);
    open.push(file);
    for (const target of imports.get(file) ?? []) {
      if (!imports.has(target)) continue;
      if (!number.has(target)) visit(target);
      if (open.includes(target)) lowest.set(file, Math.min(lowest.get(file)!, lowest.get(target)!));
    }
    if (lowest.get(file) !== number.get(file)) return;
    const circle = open.splice(open.indexOf(file));
    if (circle.length > 1) found.push(circle.sort());
  };
  for (const file of files) if (!number.has(file)) visit(file);
  return found;
}
