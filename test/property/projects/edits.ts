// What people do between two runs, as a change of the world in memory; disk.ts makes the same change to the files.
import { posix } from 'node:path';
import { GRID_SOURCE } from './declare.ts';
import type { Grid, OutModel, ParamsFile, StageModel, Value, Values, Vars, World } from './project.ts';
import { file, isInside, partAt, put, type Node, type Tree } from './tree.ts';

/** How a file gets another text: rewritten, replaced by a new file, or with its size and times as they were. */
export type How = 'in place' | 'replaced' | 'same times';

/** `pick` chooses among what there is at that moment. */
export type Edit =
  | { readonly kind: 'text'; readonly pick: number; readonly how: How; readonly text: string }
  | { readonly kind: PickedKind; readonly pick: number }
  | { readonly kind: 'param'; readonly file: ParamsFile; readonly key: keyof Values; readonly value: Value }
  | { readonly kind: 'vars'; readonly vars: Vars }
  | { readonly kind: 'grid'; readonly grid: Grid }
  | { readonly kind: 'object'; readonly pick: number };

type PickedKind =
  | 'mode'
  | 'touch'
  | 'remove'
  | 'add'
  | 'link'
  | 'folder for a file'
  | 'output'
  | 'output mode'
  | 'output removed'
  | 'output added to'
  | 'stage renamed'
  | 'output renamed'
  | 'stage removed'
  | 'freeze'
  | 'options'
  | 'wdir'
  | 'other params'
  | 'other env'
  | 'retry'
  | 'output linked'
  | 'output touched'
  | 'meddle'
  | 'go back'
  | 'no lock file';

/** What a source in Python imports, or does not. */
const IMPORTS: Readonly<Record<string, string>> = { 'lib/prog.py': 'helper', 'lib/helper.py': 'deep' };

/** Edits that are no change of the world alone are done by the test: they give the world as it was. */
export function edited(world: World, edit: Edit): World {
  const { tree, project } = world;
  const withTree = (path: string, node: Node | undefined): World => ({
    ...world,
    tree: put(tree, path, node && new Map([['', node]])),
  });
  switch (edit.kind) {
    case 'text': {
      const path = picked(sourcesIn(tree), edit.pick)!;
      const before = tree.get(path) as Extract<Node, { kind: 'file' }>;
      const module = IMPORTS[path];
      const text =
        module === undefined ? textOf(edit, before.text) : before.text === '' ? `import ${module}\n` : '';
      return withTree(path, { ...before, text });
    }
    case 'mode':
      return toggled(world, picked(sourcesIn(tree), edit.pick));
    case 'output mode':
      return toggled(world, picked(filesBelow(tree, OUTPUTS), edit.pick));
    case 'remove': {
      if (edit.pick % 5 === 0)
        return withTree('in/b.txt', tree.has('in/b.txt') ? undefined : file('b\n', true));
      const path = picked(filesBelow(tree, ['dir', 'raw']), edit.pick);
      return path === undefined ? world : withTree(path, undefined);
    }
    case 'add': {
      const paths = ['dir/new.txt', 'dir/new.tmp', 'raw/deep/new.txt', 'dir/skipped/new.txt', 'view/new.txt'];
      const path = [...paths, 'dir/deep/new.bak'][edit.pick % 6]!;
      return withTree(path, file(`new ${edit.pick % 2}\n`));
    }
    case 'link': {
      const path = ['view/a', 'view/b', 'in/c.txt'][edit.pick % 3]!;
      if (path === 'in/c.txt')
        return withTree(path, { kind: 'link', target: edit.pick % 2 ? 'b.txt' : 'a.txt' });
      const target = ['../in/a.txt', '../dir/deep/two.txt', '../nothing', 'plain.txt'][edit.pick % 4]!;
      return withTree(path, { kind: 'link', target });
    }
    case 'folder for a file': {
      const isFolder = partAt(tree, 'dir/one.txt')?.has('') === false;
      return {
        ...world,
        tree: put(tree, 'dir/one.txt', new Map([[isFolder ? '' : 'inner', file('one\n')]])),
      };
    }
    case 'param':
      return {
        ...world,
        values: { ...world.values, [edit.file]: { ...world.values[edit.file], [edit.key]: edit.value } },
      };
    case 'vars':
      return { ...world, vars: edit.vars };
    case 'grid':
      return { ...world, project: { ...project, grid: edit.grid } };
    case 'output': {
      const path = picked(filesBelow(tree, OUTPUTS), edit.pick);
      return path === undefined
        ? world
        : withTree(path, file(`edited by hand ${edit.pick % 5}\n`, edit.pick % 2 === 0));
    }
    case 'output removed': {
      const path = picked(outsOf(world), edit.pick);
      return path === undefined ? world : withTree(path, undefined);
    }
    case 'output added to': {
      const path = picked(
        outsOf(world).filter((out) => partAt(tree, out)?.has('') === false),
        edit.pick,
      );
      return path === undefined
        ? world
        : withTree(
            `${path}/${edit.pick % 2 ? 'more.txt' : 'more.tmp'}`,
            file(`more by hand ${edit.pick % 5}\n`),
          );
    }
    case 'output linked': {
      const path = picked(
        plainOutsOf(world).filter((out) => partAt(tree, out)?.has('') === true),
        edit.pick,
      );
      return path === undefined
        ? world
        : withTree(path, { kind: 'link', target: posix.relative(posix.dirname(path), GRID_SOURCE) });
    }
    case 'meddle': {
      const path = picked(filesBelow(tree, ['own']), edit.pick);
      return path === undefined ? world : withTree(path, file('go\n'));
    }
    case 'stage renamed':
      return withStage(world, edit.pick, (stage) => ({
        ...stage,
        name: stage.name.endsWith('b') ? stage.name.slice(0, -1) : `${stage.name}b`,
      }));
    case 'output renamed':
      return renamedOut(world, edit.pick);
    case 'stage removed': {
      if (project.stages.length < 3) return world;
      const gone = project.stages[edit.pick % project.stages.length]!;
      const isGone = (read: string): boolean => gone.outs.some(({ path }) => isInside(read, path));
      const stages = project.stages
        .filter((stage) => stage !== gone)
        .map((stage) => ({ ...stage, reads: stage.reads.filter((read) => !isGone(read)) }));
      return { ...world, project: { ...project, stages } };
    }
    case 'freeze':
      return withStage(world, edit.pick, (stage) => ({ ...stage, frozen: !stage.frozen }));
    case 'options':
      return withStage(world, edit.pick, (stage) => ({
        ...stage,
        outs: [
          tree.get(stage.outs[0].path)?.kind === 'link'
            ? stage.outs[0]
            : otherOptions(stage.outs[0], edit.pick),
          ...stage.outs.slice(1),
        ],
      }));
    case 'wdir':
      return withStage(world, edit.pick, (stage) => ({
        ...stage,
        wdir: stage.wdir === 'inside' ? 'other' : stage.wdir === 'other' ? 'inside' : '.',
      }));
    case 'other params':
      return withStage(world, edit.pick, (stage) => ({
        ...stage,
        params: stage.params.map(({ file: at, keys }) => ({
          file: at,
          keys: keys.includes('b') ? ['a'] : ['b', 'n.x'],
        })),
      }));
    case 'other env':
      return withStage(world, edit.pick, (stage) => ({
        ...stage,
        env: 'OTHER' in stage.env ? { LEVEL: '${word}' } : { ...stage.env, OTHER: '${list[1]}' },
      }));
    case 'retry':
      return withStage(world, edit.pick, (stage) => ({ ...stage, retry: !stage.retry }));
    case 'touch':
    case 'output touched':
    case 'go back':
    case 'no lock file':
    case 'object':
      return world;
  }
}

/** Where stages write. */
export const OUTPUTS = ['out', 'grid'];

export const picked = <T>(items: readonly T[], pick: number): T | undefined =>
  items.length === 0 ? undefined : items[pick % items.length];

export const filesBelow = (tree: Tree, folders: readonly string[]): readonly string[] =>
  [...tree]
    .flatMap(([path, { kind }]) =>
      kind === 'file' && !path.endsWith('.pipeignore') && folders.some((folder) => isInside(path, folder))
        ? [path]
        : [],
    )
    .toSorted();

export const sourcesIn = (tree: Tree): readonly string[] =>
  filesBelow(tree, [GRID_SOURCE, 'in/b.txt', 'dir', 'view', 'lib', 'raw']);

const outsOf = ({ project, tree }: World): readonly string[] => [
  ...project.stages.flatMap(({ outs }) => outs.map(({ path }) => path)),
  ...filesBelow(tree, ['grid']),
];

/** Those that no stage appends to: it would append to what a link leads to. */
const plainOutsOf = ({ project }: World): readonly string[] =>
  project.stages.flatMap(({ outs }) => outs.flatMap(({ path, persist }) => (persist ? [] : [path])));

/** Of equal size where its times are to stay. */
const textOf = ({ how, text }: { readonly how: How; readonly text: string }, before: string): string =>
  how === 'same times'
    ? before.replace(/[a-y](?=[^a-y]*$)/, (letter) => String.fromCharCode(letter.charCodeAt(0) + 1))
    : text;

function toggled(world: World, path: string | undefined): World {
  const node = path === undefined ? undefined : world.tree.get(path);
  if (node?.kind !== 'file') return world;
  return { ...world, tree: put(world.tree, path!, new Map([['', { ...node, exec: !node.exec }]])) };
}

function withStage(world: World, pick: number, change: (stage: StageModel) => StageModel): World {
  const { stages } = world.project;
  return {
    ...world,
    project: {
      ...world.project,
      stages: stages.map((stage, index) => (index === pick % stages.length ? change(stage) : stage)),
    },
  };
}

/** Those that read it follow. */
function renamedOut(world: World, pick: number): World {
  const { stages } = world.project;
  const [out] = stages[pick % stages.length]!.outs;
  const to = out.path.endsWith('-new') ? out.path.slice(0, -'-new'.length) : `${out.path}-new`;
  const moved = withStage(world, pick, (stage) => ({
    ...stage,
    outs: [{ ...out, path: to }, ...stage.outs.slice(1)],
  }));
  const follow = (read: string): string =>
    isInside(read, out.path) ? to + read.slice(out.path.length) : read;
  return {
    ...moved,
    project: {
      ...moved.project,
      stages: moved.project.stages.map((stage) => ({ ...stage, reads: stage.reads.map(follow) })),
    },
  };
}

function otherOptions(out: OutModel, pick: number): OutModel {
  if (pick % 3 === 0) return { ...out, cache: !out.cache };
  if (out.form === 'folder') return out;
  return pick % 3 === 1
    ? { ...out, section: out.section === 'outs' ? 'metrics' : 'outs' }
    : { ...out, persist: out.form === 'file' && !out.persist };
}
