// Stages: what a pipeline declares, after every template is resolved. Data only.
import type { Place } from '../base/problem.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { Value } from '../base/value.ts';

/** `train`, or `train@cnn-0.1` for a member of a `foreach` or `matrix`. */
export type StageName = string & { readonly brand: 'StageName' };

/** Unique in a project: the name, after `sub/dvc.yaml:` outside of the root; of data its path, or that of its `.dvc` file. */
export type StageAddress = string & { readonly brand: 'StageAddress' };

/** A file or folder that a stage reads. */
export interface Dep {
  /** As declared, relative to `wdir`. */
  readonly path: string;
  readonly at: WorkspacePath;
  /** Other places that symlinks lead to, in the workspace as it was when the project was loaded. */
  readonly linked?: readonly WorkspacePath[];
  /** Local modules that this source file imports count as dependencies too (extension `imports: true`). */
  readonly imports?: true;
}

/** Keys of a parameter file; no keys means the whole file. */
export interface ParamsDep {
  readonly file: string;
  readonly at: WorkspacePath;
  /** See `Dep`. */
  readonly linked?: readonly WorkspacePath[];
  readonly keys: readonly string[];
}

export type PlotProps = { readonly [key: string]: Value };

/** A file or folder that a stage writes. */
export interface Out {
  readonly path: string;
  readonly at: WorkspacePath;
  /** The place that is written to, if a folder of the path is a symlink. */
  readonly linked?: readonly WorkspacePath[];
  readonly cache: boolean;
  readonly persist: boolean;
  readonly push: boolean;
  readonly remote: string | null;
  readonly metric: boolean;
  readonly plot: boolean | PlotProps;
  readonly desc?: string;
  readonly type?: string;
  readonly labels?: readonly string[];
  readonly meta?: Value;
  /** Digest recorded in a `.dvc` file. */
  readonly hash?: string;
}

/** Where imported data comes from. */
export type Origin =
  | {
      readonly kind: 'url';
      /** As declared: a URL, or a path relative to `wdir`. */
      readonly url: string;
      readonly at: WorkspacePath;
      /** Options of the connection that DVC wrote, which are not known here. */
      readonly foreign?: readonly string[];
    }
  | {
      readonly kind: 'repository';
      /** As declared: a URL of git, or a path relative to the root of the project. */
      readonly url: string;
      /** In that repository. */
      readonly path: string;
      /** The branch, tag or commit that is followed; default: the default branch. */
      readonly rev?: string;
      /** The remote of that repository that has the data, in place of its default. */
      readonly remote?: string;
      readonly foreign?: readonly string[];
    };

/** What a stage needs of the machine (extension). The pipeline names the pools. */
export interface Resources {
  readonly cpus?: number;
  /** Bytes. */
  readonly memory?: number;
  readonly gpus?: number;
  /** The kind of GPU that a batch system hands out; this machine has no choice. */
  readonly gpuType?: string;
  readonly pools: { readonly [pool: string]: number };
}

/** Seconds; `backoff` multiplies the delay after each attempt (extension). */
export interface Retry {
  readonly times: number;
  readonly delay: number;
  readonly backoff: number;
}

/** Where stages run: on this machine, or as jobs of a batch system (extension). */
export type ExecutorKind = 'local' | 'slurm' | 'command';

/** How jobs of Slurm are submitted (extension); those of a stage override those of the project. */
export interface SlurmSettings {
  readonly partition?: string;
  readonly account?: string;
  readonly qos?: string;
  readonly constraint?: string;
  /** Further arguments of sbatch. */
  readonly args?: readonly string[];
  /** How many stages one job runs, one after the other. */
  readonly batch?: number;
}

export interface Stage {
  readonly name: StageName;
  readonly address: StageAddress;
  /** The declared name of the `foreach` or `matrix` that it belongs to. */
  readonly group: string | null;
  /** `item` of the `foreach` or `matrix` (with `defaults`), for display. */
  readonly item: Value | undefined;
  /** The pipeline file or `.dvc` file that declares it. */
  readonly file: WorkspacePath;
  readonly place: Place;
  /** Null for data: an entry of `data:`, or a `.dvc` file. */
  readonly cmd: string | readonly string[] | null;
  /** The lines of `cmd`, if they differ from those of the text: a line end can be part of an argument. */
  readonly lines?: readonly string[];
  readonly wdir: WorkspacePath;
  /** Of imported data. */
  readonly origin?: Origin;
  readonly deps: readonly Dep[];
  readonly params: readonly ParamsDep[];
  readonly outs: readonly Out[];
  readonly frozen: boolean;
  readonly alwaysChanged: boolean;
  readonly desc: string | null;
  readonly meta: Value;
  readonly env: { readonly [name: string]: string };
  readonly resources: Resources;
  readonly retry: Retry | null;
  /** Seconds. */
  readonly timeout: number | null;
  /** Null: where the project says. */
  readonly executor: ExecutorKind | null;
  readonly slurm: SlurmSettings;
  /** A job of a batch system runs on copies in a folder of its node. */
  readonly scratch: boolean;
}
