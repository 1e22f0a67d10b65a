// The shapes of what commands print with `--json`: `history`, `logs`, `plots`.
import type { Job, Usage } from './run.ts';
import type { JsonValue } from './shared.ts';

// # pipe history, pipe logs

/** `pipe history --json` prints one object per line, the oldest first. */
export interface HistoryEntry {
  /** The same for all stages of one run. */
  readonly run: string;
  readonly stage: string;
  /** ISO 8601, of its end. */
  readonly time: string;
  readonly what: 'ran' | 'restored' | 'failed';
  readonly seconds: number;
  readonly why: string;
  /** Where it ran as the job of a batch system. */
  readonly job?: Job;
  readonly used?: Usage;
}

/** `pipe logs --json` prints one object per line of the logs. */
export interface LogLine {
  readonly stage: string;
  readonly line: string;
}

// # pipe plots

/** `pipe plots show --json` and `pipe plots diff --json` print one object on one line, in the shape of `dvc plots`. */
export interface Plots {
  /** By the name of the plot; empty where nothing of it can be drawn. */
  readonly data?: {
    readonly [plot: string]: readonly (
      | {
          readonly type: 'vega';
          readonly revisions: readonly string[];
          /** A specification of Vega-Lite, with the data in it. */
          readonly content: { readonly [key: string]: JsonValue };
          /** With `--split`: what belongs in place of the anchors in `content`. */
          readonly anchor_definitions?: { readonly [anchor: string]: JsonValue };
        }
      | {
          readonly type: 'image';
          readonly revisions: readonly string[];
          /** The path of the written file. */
          readonly url: string;
        }
    )[];
  };
  readonly errors?: readonly {
    /** Of the plot. */
    readonly name: string;
    readonly rev: string;
    /** The file that cannot be read. */
    readonly source?: string;
    readonly type: string;
    readonly msg: string;
  }[];
}
