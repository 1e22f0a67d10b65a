// Random projects, and what happens to them.
import * as fc from 'fast-check';
import { GRID_SOURCE, ODD_NAME } from './declare.ts';
import type { Edit } from './edits.ts';
import type { Asked } from './reference.ts';
import { file, type Node, type Tree } from './tree.ts';
import {
  PARAMS_FILES,
  TEMPLATES,
  type Grid,
  type OutModel,
  type ParamsRead,
  type Project,
  type StageModel,
  type Value,
  type Values,
  type Vars,
  type World,
} from './project.ts';

const STAGES = 5;

/** What people write, and stages read. `view` has links, `lib/prog.py` imports a module. */
const sources: Tree = new Map([
  [GRID_SOURCE, file('a\n')],
  ['in/b.txt', file('b\n', true)],
  ['in/c.txt', { kind: 'link', target: 'b.txt' }],
  ['dir/one.txt', file('one\n')],
  ['dir/deep/two.txt', file('two\n', true)],
  ['dir/deep/.pipeignore', file('*.bak\n')],
  ['dir/deep/ignored.bak', file('ignored\n')],
  [`dir/${ODD_NAME}.txt`, file('odd\n')],
  ['dir/empty', { kind: 'folder' }],
  ['dir/ignored.tmp', file('ignored\n')],
  ['dir/skipped/one.txt', file('skipped\n')],
  ['view/a', { kind: 'link', target: '../in/a.txt' }],
  ['view/b', { kind: 'link', target: '../dir/one.txt' }],
  ['view/plain.txt', file('plain\n')],
  ['lib/prog.py', file('import helper\n')],
  ['lib/helper.py', file('import deep\n')],
  ['lib/deep.py', file('x = 1\n')],
  ['raw/scan.txt', file('scan\n')],
  ...[0, 1, 2, 3, 4].map((index): [string, Node] => [`own/${index}.txt`, file('go\n')]),
  ['raw/deep/scan.txt', file('deep\n', true)],
  ...['inside', 'other', 'sub/inside', 'sub/other'].map((at): [string, Node] => [`${at}/.keep`, file('')]),
]);
const READABLE = [
  GRID_SOURCE,
  'in/b.txt',
  'in/c.txt',
  'dir',
  'dir/deep',
  'view',
  'lib/prog.py',
  'raw',
  'raw/deep/scan.txt',
  'lib',
];

/** Few values, so that earlier states come back. */
const someText = fc.constantFrom('a\n', 'b\n', 'longer than before\n', '');
const someWord = fc.constantFrom('low', 'high');
const someValue: fc.Arbitrary<Value> = fc.constantFrom<Value>(
  1n,
  2n,
  2,
  0.5,
  'text',
  'with: #hash',
  true,
  false,
);
const someValues: fc.Arbitrary<Values> = fc.record({
  a: someValue,
  b: someValue,
  x: someValue,
  y: someValue,
});
const someVars: fc.Arbitrary<Vars> = fc.record({
  word: someWord,
  rate: fc.constantFrom(0.5, 2),
  on: fc.boolean(),
});
const someParams: fc.Arbitrary<ParamsRead> = fc.record({
  file: fc.constantFrom(...PARAMS_FILES),
  keys: fc.uniqueArray(fc.constantFrom('a', 'b', 'n.x', 'n.y', 'n'), { maxLength: 2 }),
});

const someGrid: fc.Arbitrary<Grid> = fc.record({
  form: fc.constantFrom('list', 'mapping', 'matrix'),
  items: fc.uniqueArray(fc.constantFrom('p', 'q', 'r'), { minLength: 1, maxLength: 2 }),
});

const rarely = fc.nat(5).map((number) => number === 0);

const someFirstOut = (index: number): fc.Arbitrary<OutModel> =>
  fc
    .record({
      form: fc.constantFrom<OutModel['form']>('file', 'program', 'folder', 'folder', 'count'),
      section: fc.constantFrom<OutModel['section']>('outs', 'outs', 'metrics', 'plots'),
      cache: fc.nat(3).map((number) => number > 0),
      persist: rarely,
      folder: fc.constantFrom('out', 'out/inner'),
    })
    .map(({ form, section, persist, folder, ...rest }) => ({
      ...rest,
      path: `${folder}/${index}`,
      form: persist ? 'file' : form,
      section: form === 'folder' ? 'outs' : section,
      persist,
    }));

const someStage = (index: number): fc.Arbitrary<StageModel> =>
  fc
    .record({
      home: fc.constantFrom<StageModel['home']>('.', '.', 'sub'),
      wdir: fc.constantFrom<StageModel['wdir']>('.', '.', 'inside', 'other'),
      sources: fc.uniqueArray(fc.constantFrom(...READABLE), { maxLength: 2 }),
      before: fc.uniqueArray(fc.nat(Math.max(0, index - 1)), { maxLength: index === 0 ? 0 : 2 }),
      imports: fc.boolean(),
      grid: rarely,
      params: fc.uniqueArray(someParams, { maxLength: 2, selector: ({ file }) => file }),
      words: fc.uniqueArray(fc.constantFrom(...TEMPLATES), { maxLength: 2 }),
      env: fc.dictionary(fc.constantFrom('LEVEL', 'OTHER'), fc.constantFrom('${word}', '${list[1]}'), {
        maxKeys: 2,
      }),
      out: someFirstOut(index),
      second: fc.option(fc.constantFrom('outs', 'metrics', 'plots'), { freq: 2 }),
      frozen: fc.constant(false),
      always: fc.nat(9).map((number) => number === 0),
      brittle: rarely,
      retry: rarely,
      meddles: rarely,
    })
    .map(({ sources, before, grid, out, second, env, meddles, ...rest }) => ({
      ...rest,
      name: `s${index}`,
      meddles: meddles ? `own/${index}.txt` : null,
      // What is inside of an output, too: see `inside` in edits.ts.
      reads: [
        ...new Set([
          ...sources,
          ...before.map((other) => `#${other}`),
          ...(grid ? ['grid'] : []),
          ...(meddles ? [`own/${index}.txt`] : []),
        ]),
      ],
      env: { ...env } as StageModel['env'],
      outs: [
        out,
        ...(second
          ? [
              {
                path: `out/second/${index}`,
                form: 'words',
                section: second,
                cache: second === 'outs',
                persist: false,
              } as const,
            ]
          : []),
      ],
    }));

/** Stages read outputs of earlier ones by number, as a whole or a file in a folder. */
function withReads(stages: readonly StageModel[]): StageModel[] {
  return stages.map((stage, index) => {
    const reads = stage.reads.map((read) => {
      const out = stages[Number(read.slice(1))]?.outs[0];
      if (!read.startsWith('#') || !out) return read;
      return out.form === 'folder' && index % 2 === 1 ? `${out.path}/deep/all` : out.path;
    });
    return { ...stage, reads, imports: stage.imports && reads[0] === 'lib/prog.py' };
  });
}

const someProject: fc.Arbitrary<Project> = fc.record({
  stages: fc.tuple(...Array.from({ length: STAGES }, (_, index) => someStage(index))).map(withReads),
  grid: someGrid,
  data: fc.constantFrom([], ['raw'], ['raw']),
  links: fc.constantFrom([], [], ['hardlink'], ['symlink'], ['copy']),
});

export const someWorld: fc.Arbitrary<World> = fc.record({
  project: someProject,
  values: fc.record(
    Object.fromEntries(PARAMS_FILES.map((name) => [name, someValues])) as Record<
      (typeof PARAMS_FILES)[number],
      typeof someValues
    >,
  ),
  vars: someVars,
  tree: fc.constant(sources),
});

const pick = fc.nat(1000);
const how = fc.constantFrom('in place' as const, 'replaced' as const, 'same times' as const);
const edit = <T extends Edit['kind']>(...kinds: readonly T[]) => fc.constantFrom(...kinds);

const someOutputEdit: fc.Arbitrary<Edit> = fc.record({
  kind: edit('output', 'output mode', 'output mode', 'output removed', 'output added to'),
  pick,
});

const someEdit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: edit('text'), pick, how, text: someText }) },
  { weight: 2, arbitrary: fc.record({ kind: edit('mode', 'touch', 'remove'), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: edit('add', 'link', 'folder for a file'), pick }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: edit('param'),
      file: fc.constantFrom(...PARAMS_FILES),
      key: fc.constantFrom('a', 'b', 'x', 'y'),
      value: someValue,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: edit('vars'), vars: someVars }) },
  { weight: 2, arbitrary: fc.record({ kind: edit('grid'), grid: someGrid }) },
  { weight: 4, arbitrary: someOutputEdit },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: edit('stage renamed', 'output renamed', 'stage removed', 'freeze', 'options'),
      pick,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: edit('wdir', 'other params', 'other env', 'retry'), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: edit('output linked', 'output touched', 'meddle'), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: edit('go back', 'no lock file'), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: edit('object'), pick, damaged: fc.boolean() }) },
);

export type Command =
  | { readonly kind: 'repro'; readonly asked: Asked }
  | { readonly kind: 'killed'; readonly step: number }
  | { readonly kind: 'checkout' | 'commit' | 'gc' | 'outputs removed' | 'in processes' };

const someAsked: fc.Arbitrary<Asked> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  {
    weight: 3,
    arbitrary: fc.record({
      targets: fc.uniqueArray(fc.constantFrom('s1', 's2', 's3', 'grid'), { minLength: 1, maxLength: 2 }),
      single: fc.boolean(),
      downstream: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.constantFrom({ word: 'over' }, { word: 'low' }) },
  { weight: 1, arbitrary: fc.constantFrom({ force: true }, { forceDownstream: true }) },
);

const someCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('repro' as const), asked: someAsked }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('checkout', 'commit', 'gc', 'outputs removed') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('in processes' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('killed' as const), step: fc.integer({ min: 1, max: 120 }) }),
  },
);

/** Between two full runs. */
export const someChapter = fc.record({
  // Only where nothing else changed are outputs restored.
  edits: fc.oneof(
    { weight: 3, arbitrary: fc.array(someEdit, { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(someOutputEdit, { minLength: 1, maxLength: 2 }) },
  ),
  command: fc.option(someCommand, { freq: 3 }),
});
