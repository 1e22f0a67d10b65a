// Holds the direction of imports: cli → run → plan → {lock, cache, hash, graph} → pipeline; show reads data and events
// only; fast comes first and imports almost nothing; the experiment and the engine do not import each other.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = dirname(import.meta.dirname);
const layers: Readonly<Record<string, readonly string[]>> = {
  yaml: [],
  pipeline: ['yaml'],
  hash: ['pipeline', 'lock', 'cache', 'graph'],
  graph: ['pipeline', 'lock', 'cache', 'hash'],
  cache: ['pipeline', 'lock', 'hash', 'graph'],
  lock: ['yaml', 'pipeline', 'cache', 'hash', 'graph'],
  plan: ['pipeline', 'lock', 'cache', 'hash', 'graph'],
  run: ['pipeline', 'lock', 'cache', 'hash', 'graph', 'plan'],
  show: ['pipeline', 'lock', 'hash', 'graph', 'plan', 'run'],
  fast: ['pipeline', 'show'],
  cli: ['yaml', 'pipeline', 'lock', 'cache', 'hash', 'graph', 'plan', 'run', 'show', 'fast'],
};
/** The rooms of the experiment, stages/lib. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  stage: [],
  data: ['stage'],
  measure: ['stage', 'data'],
  model: ['stage', 'data'],
  training: ['stage', 'data', 'measure', 'model'],
  tables: ['stage', 'measure'],
  figures: ['stage', 'data', 'measure', 'tables'],
  report: ['stage', 'data', 'measure', 'training', 'tables', 'figures'],
  draw: ['stage', 'data', 'measure', 'model', 'figures', 'report'],
  tracking: ['stage', 'measure', 'training'],
};
/** The only files of `run/` that `show/` may know: data, no behaviour. */
const SHOWN = /^src\/run\/(event|history)\.ts$/;
const IMPORT = /^(?:import|export)\b(?:[^'"]*?\bfrom)?\s*['"](\.[^'"]+)['"]/gm;

const wrong = globSync(['src/**/*.ts', 'stages/**/*.ts', 'schema/*.ts', 'packages/*/src/**/*.ts'], {
  cwd: root,
}).flatMap((file) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(IMPORT)]
    .map(([, target]) => relative(root, join(root, dirname(file), target!)))
    .filter((target) => !allowed(file, target))
    .map((target) => `${file} must not import ${target}`),
);
if (wrong.length > 0) console.error(wrong.join('\n'));
process.exitCode = wrong.length > 0 ? 1 : 0;

function allowed(file: string, target: string): boolean {
  if (file.startsWith('stages/')) return target.startsWith('stages/') && allowedInStages(file, target);
  const own = /^(?:schema|packages\/[^/]+)\//.exec(file);
  if (own) return target.startsWith(own[0]);
  if (!target.startsWith('src/')) return target === 'package.json' || /^schema\/[\w-]+\.json$/.test(target);
  const [from, to] = [file.split('/')[1]!, target.split('/')[1]!];
  if (from === to) return true;
  if (from === 'show' && to === 'run') return SHOWN.test(target);
  return layers[from]?.includes(to) ?? false;
}

/** Packages are imported by their names. A room imports those before it; the stages and their command import any room. */
function allowedInStages(file: string, target: string): boolean {
  const [from, to] = [file, target].map((path) => /^stages\/lib\/([^/]+)\//.exec(path)?.[1]);
  if (from === undefined) return true;
  return from === to || (to !== undefined && (rooms[from]?.includes(to) ?? false));
}
