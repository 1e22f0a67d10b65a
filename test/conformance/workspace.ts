// Prepares the workspaces of the shared DVC fixtures and compares what is loaded from them with what real DVC found.
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { buildGraph } from '../../src/graph/graph.ts';
import { loadProject, noOverlay } from '../../src/pipeline/pipeline.ts';
import { PipeError } from '../../src/base/base.ts';
import { stageJson } from '../../src/show/show.ts';
import { dvcLoading } from '../../src/dvc/dvc.ts';

export interface DvcError {
  readonly type: string;
  readonly msg: string;
}

export interface DvcStage {
  readonly [key: string]: unknown;
  readonly addressing: string;
}

/** `roots.<r>` of an expected.json. */
export interface ExpectedRoot {
  readonly files: {
    readonly [file: string]: {
      readonly error?: DvcError;
      readonly stages?: { readonly [name: string]: DvcStage };
    };
  };
  readonly index_error: DvcError | null;
  readonly graph: {
    readonly nodes: readonly string[];
    readonly edges: readonly (readonly [string, string])[];
  } | null;
  readonly graph_error: DvcError | null;
  readonly repo_error?: DvcError;
}

export interface Found {
  readonly refused: readonly string[];
  readonly stages: ReadonlyMap<string, { readonly [key: string]: unknown }>;
  readonly edges: readonly string[];
}

/** Errors that DVC means; anything else is a crash of its own. */
const MEANT = new Set([
  'YAMLValidationError',
  'YAMLSyntaxError',
  'YAMLFileCorruptedError',
  'ResolveError',
  'PythonFileCorruptedError',
  'JSONFileCorruptedError',
  'TOMLFileCorruptedError',
  'StageNotFound',
  'OutputDuplicationError',
  'OverlappingOutputPathsError',
  'StagePathAsOutputError',
  'CyclicGraphError',
  'OutputIsStageFileError',
  'DependencyIsStageFileError',
  'StageFileFormatError',
  'FileIsGitIgnored',
  'ParamsLoadError',
  'DvcException',
  'EncodingError',
  'StageFileBadNameError',
  'StageFileDoesNotExistError',
]);

export type Verdict = 'resolves' | 'refuses' | 'crashes';

export function verdictOf(expected: ExpectedRoot): Verdict {
  const error = expected.repo_error ?? expected.index_error ?? expected.graph_error;
  if (!error) return 'resolves';
  return MEANT.has(error.type) ? 'refuses' : 'crashes';
}

export function readExpected(folder: string): { readonly [root: string]: ExpectedRoot } {
  // Python writes numbers that JSON lacks.
  const text = readFileSync(join(folder, 'expected.json'), 'utf8').replace(
    /(?<=^\s*(?:"[^"]*": )?)(-?Infinity|NaN)(?=,?$)/gm,
    '"$1"',
  );
  return (JSON.parse(text) as { roots: { [root: string]: ExpectedRoot } }).roots;
}

/** Copies a workspace into a scratch git repository with `.dvc` folders, as the truth was made. The caller removes it. */
export function prepare(folder: string): string {
  const scratch = mkdtempSync(join(tmpdir(), 'pipe-conformance-'));
  const root = join(scratch, 'r');
  cpSync(join(folder, 'files'), root, { recursive: true, verbatimSymlinks: true });
  const dirs = existsSync(join(folder, 'dirs.json'))
    ? (JSON.parse(readFileSync(join(folder, 'dirs.json'), 'utf8')) as string[])
    : [];
  for (const dir of dirs.filter((name) => !name.startsWith('.git') && !name.includes('.dvc/'))) {
    if (!existsSync(join(root, dir))) mkdirSync(join(root, dir), { recursive: true });
  }
  // Of the folder of git only its name counts here.
  mkdirSync(join(root, '.git'), { recursive: true });
  const config = existsSync(join(root, '.dvc/config'))
    ? readFileSync(join(root, '.dvc/config'), 'utf8')
    : undefined;
  rmSync(join(root, '.dvc'), { recursive: true, force: true });
  const nested = globSync('**/.dvc/config', { cwd: root }).map((path) => join(root, dirname(dirname(path))));
  const roots = nested.length === 0 || config !== undefined ? [root] : [];
  for (const each of [...roots, ...nested]) {
    rmSync(join(each, '.dvc'), { recursive: true, force: true });
    mkdirSync(join(each, '.dvc/tmp'), { recursive: true });
    writeFileSync(
      join(each, '.dvc/config'),
      each === root && folder.includes('/cases/') ? (config ?? '') : '',
    );
  }
  return root;
}

export function find(root: string): Found {
  try {
    const project = loadProject({ root, pipelineFile: 'dvc.yaml', loading: dvcLoading }, noOverlay);
    const stages = new Map(project.stages.map((stage) => [stage.address as string, stageJson(stage)]));
    const graph = buildGraph(project);
    const edges = project.stages.flatMap((stage) =>
      graph.dependencies(stage).map((on) => `${stage.address} -> ${on.address}`),
    );
    return { refused: [], stages, edges: edges.sort() };
  } catch (error) {
    if (!(error instanceof PipeError)) throw error;
    return {
      refused: error.problems.map(
        ({ code, title, place }) =>
          `${code}: ${title}${place ? ` (${relative(root, join(root, place.file))}:${place.line ?? 0})` : ''}`,
      ),
      stages: new Map(),
      edges: [],
    };
  }
}

const STAGE_KEYS = ['cmd', 'wdir', 'frozen', 'always_changed', 'desc', 'meta'] as const;
const OUT_KEYS = [
  'path',
  'cache',
  'persist',
  'push',
  'remote',
  'metric',
  'plot',
  'desc',
  'type',
  'labels',
  'meta',
] as const;
type Rule = (typeof STAGE_KEYS)[number] | 'name' | 'deps' | 'params' | 'outs' | 'edges' | 'refusal';
export const RULES: readonly Rule[] = [
  'name',
  'cmd',
  'wdir',
  'deps',
  'params',
  'outs',
  'frozen',
  'always_changed',
  'desc',
  'meta',
  'edges',
  'refusal',
];

export interface Comparison {
  readonly rule: Rule;
  readonly what: string;
  readonly same: boolean;
  readonly dvc: string;
  readonly ours: string;
}

/** Every single comparison of a workspace. */
export function compare(expected: ExpectedRoot, found: Found, root: string): Comparison[] {
  const verdict = verdictOf(expected);
  if (verdict === 'crashes') return [];
  const refused = found.refused.length > 0;
  const error = expected.repo_error ?? expected.index_error ?? expected.graph_error;
  const comparisons: Comparison[] = [
    line(
      'refusal',
      'whether it is refused',
      error ? 'refused' : 'resolved',
      refused ? 'refused' : 'resolved',
      error?.msg ?? '',
      found.refused.join('; '),
    ),
  ];
  if (verdict === 'refuses' || refused) return comparisons;
  const stages = new Map(
    Object.values(expected.files)
      .flatMap(({ stages }) => Object.values(stages ?? {}))
      .map((stage) => [stage.addressing, stage]),
  );
  comparisons.push(line('name', 'stages', [...stages.keys()].sort(), [...found.stages.keys()].sort()));
  for (const [address, dvc] of stages) {
    const ours = found.stages.get(address);
    if (!ours) continue;
    for (const key of STAGE_KEYS)
      comparisons.push(
        line(
          key,
          address,
          key === 'wdir' ? real(String(dvc[key]), root) : dvc[key],
          key === 'wdir' ? real(String(ours[key]), root) : ours[key],
        ),
      );
    comparisons.push(line('deps', address, pick(dvc['deps'], ['path']), pick(ours['deps'], ['path'])));
    comparisons.push(
      line('params', address, pick(dvc['params'], ['file', 'keys']), pick(ours['params'], ['file', 'keys'])),
    );
    comparisons.push(line('outs', address, pick(dvc['outs'], OUT_KEYS), pick(ours['outs'], OUT_KEYS)));
  }
  const edges = (expected.graph?.edges ?? []).map(([stage, on]) => `${stage} -> ${on}`).sort();
  comparisons.push(line('edges', 'graph', edges, found.edges));
  return comparisons;
}

const real = (path: string, root: string): string =>
  path.replace(/^<parent>/, dirname(root)).replace(/^<root>/, root);

function pick(list: unknown, keys: readonly string[]): unknown {
  return (list as { [key: string]: unknown }[]).map((entry) =>
    Object.fromEntries(keys.filter((key) => key in entry).map((key) => [key, entry[key]])),
  );
}

function line(
  rule: Rule,
  what: string,
  dvc: unknown,
  ours: unknown,
  dvcNote = '',
  oursNote = '',
): Comparison {
  const [a, b] = [canonical(dvc), canonical(ours)];
  return { rule, what, same: a === b, dvc: dvcNote || a, ours: oursNote || b };
}

/** Keys sorted; raw numbers as numbers. */
function canonical(value: unknown): string {
  return JSON.stringify(JSON.parse(JSON.stringify(value ?? null)), (_, item: unknown) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
