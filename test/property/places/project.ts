// The one project of these tests: what it declares, what its stages write, and what a lock file then records.
import { file, partAt, put, type Part, type Tree } from '../projects/tree.ts';

/** Texts that people write, and git keeps. `pipeline.yaml` is not among them: commands edit it. */
export const SOURCES: Tree = new Map([
  ['in.txt', file('a\n')],
  ['params.yaml', file('rate: 1\n')],
  ['vars.yaml', file('word: low\n')],
  [
    'train.sh',
    file(
      "cat out/tree/deep/all out/tree/run params.yaml > out/model.txt\nsed 's/.* //' params.yaml > metrics.json\n",
    ),
  ],
]);

/** Those that an experiment brings with it. */
export const PARAMS: readonly string[] = ['params.yaml', 'vars.yaml'];

/** The data of the first commit. */
export const RAW = 'data/raw';
export const TABLE = 'data/table.csv';
/** Where it may be moved to. */
export const MOVED = 'data/moved.csv';
export const DATA: Tree = new Map([
  [`${RAW}/a`, file('one\n')],
  [`${RAW}/deep/b`, file('two\n', true)],
  [TABLE, file('x,y\n')],
]);

export const declaration = (remote: string): string => `config:
  remotes:
    shared: {url: ${remote}}
vars: [vars.yaml]
stages:
  copy:
    cmd: mkdir -p out && cat in.txt > out/copy.txt
    deps: [in.txt]
    outs: [out/copy.txt]
  tree:
    cmd: >-
      mkdir -p out/tree/deep out/tree/empty && cat out/copy.txt > out/tree/deep/all &&
      echo \${word} > out/tree/run && chmod +x out/tree/run && ln -s run out/tree/link
    deps: [out/copy.txt]
    outs: [out/tree]
  train:
    cmd: mkdir -p out && sh train.sh
    deps: [train.sh, out/tree]
    params: [rate]
    outs: [out/model.txt]
    metrics: [metrics.json: {cache: false}]
  sum:
    cmd: mkdir -p out && find ${RAW} -type f | LC_ALL=C sort | xargs -r cat > out/sum.txt
    deps: [${RAW}]
    outs: [out/sum.txt]
`;

export const GIT_IGNORES = '/cache\n/data\n/out\n';

/** Is it kept by git, in place of the cache? */
export const isInGit = (path: string): boolean => !path.startsWith('data/') && !path.startsWith('out/');

interface Stage {
  readonly name: string;
  readonly reads: readonly string[];
  readonly outs: readonly string[];
  readonly run: (tree: Tree) => Tree;
}

const text = (tree: Tree, path: string): string => {
  const node = tree.get(path);
  return node?.kind === 'file' ? node.text : '';
};

const written = (tree: Tree, path: string, part: Part): Tree => put(tree, path, part);
const single = (content: string): Part => new Map([['', file(content)]]);

/** In an order in which they can run. What `vars.yaml` and `params.yaml` have counts as a whole: no stage reads a part. */
export const STAGES: readonly Stage[] = [
  {
    name: 'copy',
    reads: ['in.txt'],
    outs: ['out/copy.txt'],
    run: (tree) => written(tree, 'out/copy.txt', single(text(tree, 'in.txt'))),
  },
  {
    name: 'tree',
    reads: ['out/copy.txt', 'vars.yaml'],
    outs: ['out/tree'],
    run: (tree) =>
      written(
        tree,
        'out/tree',
        new Map([
          ['deep/all', file(text(tree, 'out/copy.txt'))],
          ['empty', { kind: 'folder' }],
          ['run', file(text(tree, 'vars.yaml').replace('word: ', ''), true)],
          ['link', { kind: 'link', target: 'run' }],
        ]),
      ),
  },
  {
    name: 'train',
    reads: ['train.sh', 'out/tree', 'params.yaml'],
    outs: ['out/model.txt', 'metrics.json'],
    run: (tree) => {
      const params = text(tree, 'params.yaml');
      const model = text(tree, 'out/tree/deep/all') + text(tree, 'out/tree/run') + params;
      return written(
        written(tree, 'out/model.txt', single(model)),
        'metrics.json',
        single(params.replace('rate: ', '')),
      );
    },
  },
  {
    name: 'sum',
    reads: [RAW],
    outs: ['out/sum.txt'],
    run: (tree) => {
      const files = [...tree.keys()].filter((path) => path.startsWith(`${RAW}/`)).toSorted();
      return written(tree, 'out/sum.txt', single(files.map((path) => text(tree, path)).join('')));
    },
  },
];

/** Outputs and data that are recorded, by path. */
export type Lock = ReadonlyMap<string, Part>;

/** Of these a remote gets nothing: git has it. */
export const isSent = (path: string): boolean => !isInGit(path);

export const partsAt = (tree: Tree, paths: Iterable<string>): Lock =>
  new Map(
    [...paths].flatMap((path) => {
      const part = partAt(tree, path);
      return part ? [[path, part] as const] : [];
    }),
  );
