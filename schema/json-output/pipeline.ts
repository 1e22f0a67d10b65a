// The shapes of what commands print with `--json`: `stage list`, `dag`.
import type { JsonValue } from './shared.ts';

// # pipe stage list

/** `pipe stage list --json` prints a list of these: stages with their templates resolved. */
export interface Stage {
  /** The name to use as a target. */
  readonly addressing: string;
  readonly name: string;
  readonly group: string | null;
  readonly file: string;
  readonly cmd: string | readonly string[] | null;
  readonly wdir: string;
  readonly deps: readonly { readonly path: string; readonly imports?: true }[];
  readonly params: readonly { readonly file: string; readonly keys: readonly string[] }[];
  readonly outs: readonly Output[];
  readonly frozen: boolean;
  readonly always_changed: boolean;
  readonly desc: string | null;
  readonly meta: JsonValue;
  /** Of a member of `foreach` or `matrix`. */
  readonly item?: JsonValue;
  readonly env?: { readonly [name: string]: string };
  /** `memory` in bytes. */
  readonly resources?: {
    readonly cpus?: number;
    readonly memory?: number;
    readonly gpus?: number;
    readonly pools: { readonly [pool: string]: number };
  };
  /** `delay` in seconds. */
  readonly retry?: { readonly times: number; readonly delay: number; readonly backoff: number };
  /** In seconds. */
  readonly timeout?: number;
}

export interface Output {
  readonly path: string;
  readonly cache: boolean;
  readonly persist: boolean;
  readonly push: boolean;
  readonly remote: string | null;
  readonly metric: boolean;
  /** False, true, or the properties of the plot. */
  readonly plot: JsonValue;
  readonly desc?: string;
  readonly type?: string;
  readonly labels?: readonly string[];
  readonly meta?: JsonValue;
  /** Recorded in a `.dvc` file. */
  readonly hash?: string;
}

// # pipe dag

/** `pipe dag --json` prints one object. */
export interface Graph {
  readonly nodes: readonly {
    readonly name: string;
    /** Of a group: how many stages. */
    readonly count?: number;
    readonly state?: string;
  }[];
  readonly edges: readonly (readonly [stage: string, dependsOn: string])[];
}
