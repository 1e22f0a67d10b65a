// The settings of a project. Data only.
import type { ExecutorKind, SlurmSettings } from '../stage.ts';
import type { RemotesConfig } from './remote-config.ts';

/** `config:` of the root's pipeline file (extension), as declared. */
export interface ProjectConfig {
  readonly cache?: {
    readonly dir?: string;
    readonly links?: readonly ('reflink' | 'hardlink' | 'symlink' | 'copy')[];
    /** A group shares it: all members may write to its folders. */
    readonly shared?: true;
  };
  readonly remotes?: RemotesConfig;
  /** Named pools of `resources:` and their sizes. */
  readonly pools: { readonly [pool: string]: number };
  /** Enter cached outputs in `.gitignore`. */
  readonly gitignore: boolean;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly grace: number;
  /** Seconds to wait for an output that a network file system does not show yet. */
  readonly latencyWait: number;
  /** Where stages run that do not say it themselves. */
  readonly executor: ExecutorKind;
  readonly slurm: SlurmSettings;
  /** How jobs get to another batch system; undefined where none is declared. */
  readonly command?: CommandSettings;
  /** Jobs of a batch system at a time, those that wait in its queue included. */
  readonly maxJobs: { readonly [kind in Exclude<ExecutorKind, 'local'>]: number };
}

/** Commands for a shell. Each gets what it is about in its environment. */
export interface CommandSettings {
  readonly submit: string;
  readonly poll: string;
  readonly cancel: string;
  readonly log?: string;
}
