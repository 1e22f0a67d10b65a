// Stages as lists of what distinguishes them. Thousands of stages are alike in most fields: each as an object with all of them takes
// several times the room on disk, and of the time to read it.
import type { Place } from '../base/problem.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { Dep, Out, Stage } from './stage.ts';

/** Every list but `models` has one item for each stage. */
export interface PackedStages {
  /** The first stage of each kind. The others of a kind differ from it in nothing but what is in the other lists. */
  readonly models: readonly Stage[];
  /** Index of the model. */
  readonly kinds: readonly number[];
  readonly names: readonly Stage['name'][];
  /** Null: it is the name. */
  readonly addresses: readonly (Stage['address'] | null)[];
  readonly items: readonly Stage['item'][];
  readonly lines: readonly (number | undefined)[];
  readonly columns: readonly (number | undefined)[];
  /** The text of the line, or the place as a whole where it has not all fields. */
  readonly sources: readonly (string | Place)[];
  readonly cmds: readonly Stage['cmd'][];
  readonly metas: readonly Stage['meta'][];
  /** Of one without options the path, where the place is the same. */
  readonly deps: readonly (readonly (Dep | string)[])[];
  readonly outs: readonly (readonly (Out | string)[])[];
}

export function packStages(stages: readonly Stage[]): PackedStages {
  const models: Stage[] = [];
  const kinds = new Map<string, number>();
  const kindOf = (stage: Stage): number => {
    const likeness = likenessOf(stage);
    const known = kinds.get(likeness);
    if (known !== undefined) return known;
    kinds.set(likeness, models.length);
    return models.push(stage) - 1;
  };
  return {
    kinds: stages.map(kindOf),
    models,
    names: stages.map(({ name }) => name),
    addresses: stages.map(({ name, address }) => (String(address) === String(name) ? null : address)),
    items: stages.map(({ item }) => item),
    lines: stages.map(({ place }) => place.line),
    columns: stages.map(({ place }) => place.column),
    sources: stages.map(({ place }) => sourceOf(place)),
    cmds: stages.map(({ cmd }) => cmd),
    metas: stages.map(({ meta }) => meta),
    deps: stages.map(({ deps }) => deps.map((dep) => (isPlainDep(dep) ? dep.path : dep))),
    outs: stages.map(({ outs }) => outs.map((out) => (isPlainOut(out) ? out.path : out))),
  };
}

export function unpackStages(packed: PackedStages): Stage[] {
  return packed.kinds.map((kind, index): Stage => {
    const model = packed.models[kind]!;
    const name = packed.names[index]!;
    const source = packed.sources[index]!;
    return {
      ...model,
      name,
      address: packed.addresses[index] ?? (String(name) as Stage['address']),
      item: packed.items[index],
      place: typeof source === 'string' ? placeIn(model.place.file, packed, index) : source,
      cmd: packed.cmds[index]!,
      meta: packed.metas[index]!,
      deps: packed.deps[index]!.map((dep) => (typeof dep === 'string' ? plainDep(dep) : dep)),
      outs: packed.outs[index]!.map((out) => (typeof out === 'string' ? plainOut(out) : out)),
    };
  });
}

/** What the lists have. */
const OWN: { readonly [key in keyof Stage]?: undefined } = {
  name: undefined,
  address: undefined,
  item: undefined,
  place: undefined,
  cmd: undefined,
  meta: undefined,
  deps: undefined,
  outs: undefined,
};

/** Equal for stages of one kind. The other fields have no values but those that JSON can express. */
const likenessOf = (stage: Stage): string => JSON.stringify([stage.place.file, { ...stage, ...OWN }]);

const sourceOf = (place: Place): string | Place =>
  place.line === undefined || place.column === undefined ? place : (place.source ?? place);

function placeIn(file: string, { lines, columns, sources }: PackedStages, index: number): Place {
  return { file, line: lines[index]!, column: columns[index]!, source: sources[index] as string };
}

const plainDep = (path: string): Dep => ({ path, at: path as WorkspacePath });

const plainOut = (path: string): Out => ({
  path,
  at: path as WorkspacePath,
  cache: true,
  persist: false,
  push: true,
  remote: null,
  metric: false,
  plot: false,
});

const isPlainDep = (dep: Dep): boolean => Object.keys(dep).length === 2 && dep.at === dep.path;

const PLAIN_OUT = Object.entries(plainOut('')).filter(([key]) => key !== 'path' && key !== 'at');

const isPlainOut = (out: Out): boolean =>
  out.at === out.path &&
  Object.keys(out).length === PLAIN_OUT.length + 2 &&
  PLAIN_OUT.every(([key, value]) => out[key as keyof Out] === value);
