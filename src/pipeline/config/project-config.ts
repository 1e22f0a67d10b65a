// The settings of a project. Data only.
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
}
