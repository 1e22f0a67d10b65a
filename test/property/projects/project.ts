// The declarations that the properties know: data that the arbitraries make, edits change, and declare.ts writes down as
// pipeline files. A new feature begins here: a field, its text in declare.ts, what it does in reference.ts, then an arbitrary.
import type { Tree } from './tree.ts';

export interface Project {
  readonly stages: readonly StageModel[];
  readonly grid: Grid;
  /** Paths under `data:`. */
  readonly data: readonly string[];
  readonly links: readonly string[];
}

/** A stage prints everything that it sees into its outputs. */
export interface StageModel {
  readonly name: string;
  /** Folder of its pipeline file. */
  readonly home: '.' | 'sub';
  /** From there. */
  readonly wdir: '.' | 'inside' | 'other';
  /** From the root. */
  readonly reads: readonly string[];
  /** What its first dependency imports is read, too. */
  readonly imports: boolean;
  readonly params: readonly ParamsRead[];
  /** Templates in its command. */
  readonly words: readonly Template[];
  /** Variables that its command prints, with the template that is their value. */
  readonly env: Readonly<Record<string, Template>>;
  readonly outs: readonly [OutModel, ...OutModel[]];
  readonly frozen: boolean;
  readonly always: boolean;
  /** Fails after it has written its outputs while `${word}` is `high`. */
  readonly brittle: boolean;
  /** Fails at first, and is repeated. */
  readonly retry: boolean;
  /** A file that it alone reads, and changes once while it runs. */
  readonly meddles: string | null;
}

export interface ParamsRead {
  /** From the root. */
  readonly file: ParamsFile;
  /** None means all of the file. */
  readonly keys: readonly string[];
}

export interface OutModel {
  readonly path: string;
  /** `count` has the number of lines only: other inputs often give an equal output. The second output has the words alone. */
  readonly form: 'file' | 'program' | 'folder' | 'count' | 'words';
  readonly section: 'outs' | 'metrics' | 'plots';
  readonly cache: boolean;
  /** The stage appends to what is there. */
  readonly persist: boolean;
}

/** The group `grid`, each of whose members reads a source, and `sum` the folder of their outputs. */
export interface Grid {
  readonly form: 'list' | 'mapping' | 'matrix';
  readonly items: readonly string[];
}

export const PARAMS_FILES = ['params.yaml', 'conf.json', 'conf.toml', 'conf.py'] as const;
export type ParamsFile = (typeof PARAMS_FILES)[number];
export const TEMPLATES = ['${word}', '${flags}', '${nested.word}', '${list[1]}'] as const;
export type Template = (typeof TEMPLATES)[number];

/** Of a parameter: integers are bigint, floats are number. */
export type Value = bigint | number | string | boolean;
/** Of every parameter file: `a`, `b`, and `n` with `x` and `y`. */
export interface Values {
  readonly a: Value;
  readonly b: Value;
  readonly x: Value;
  readonly y: Value;
}

/** Of vars.yaml and vars.json. */
export interface Vars {
  readonly word: string;
  readonly rate: number;
  readonly on: boolean;
  /** What `-S word=…` gives to one run. */
  readonly over?: string;
}

/** Everything that people edit. */
export interface World {
  readonly project: Project;
  readonly values: Readonly<Record<ParamsFile, Values>>;
  readonly vars: Vars;
  /** Sources and what stages made; not the files that declare. */
  readonly tree: Tree;
}

/** With the group expanded and templates resolved. */
export interface Stage extends Omit<StageModel, 'words' | 'env' | 'params' | 'reads' | 'outs'> {
  readonly address: string;
  readonly cmd: string;
  /** What its templates print. */
  readonly printed: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** As declared. */
  readonly deps: readonly Declared[];
  readonly params: readonly (Declared & { readonly values: Readonly<Record<string, Value | object>> })[];
  readonly outs: readonly OutModel[];
  readonly fails: boolean;
  readonly isData: boolean;
}

interface Declared {
  /** Relative to the working folder. */
  readonly path: string;
  /** From the root. */
  readonly at: string;
}
