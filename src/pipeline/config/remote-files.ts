// The files that declare remotes, as `pipe remote` edits them: that of the project, of this machine, and of the user. Each dialect
// has its own.
import type { RemotesConfig } from './remote-config.ts';

export type Level = 'project' | 'local' | 'global';

/** The options of each remote as written, by name of the remote and of the option. */
export interface WrittenRemotes {
  readonly remotes: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** The name of the default remote. */
  readonly remote?: string;
}

export type RemoteChange =
  /** Replaces a remote of this name. */
  | { readonly kind: 'declare'; readonly name: string; readonly url: string }
  | { readonly kind: 'set'; readonly name: string; readonly option: string; readonly value: string }
  | { readonly kind: 'unset'; readonly name: string; readonly option: string }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'rename'; readonly name: string; readonly to: string }
  | { readonly kind: 'default'; readonly name: string | undefined };

export interface RemoteFile {
  /** That of the whole machine is only read. */
  readonly level: Level | 'system';
  /** Absolute; the file need not exist. */
  readonly path: string;
  /** Its name in messages. */
  readonly shown: string;
  /** @param text '' for a file that does not exist. @throws PipeError for a text that cannot be understood. */
  read(text: string): WrittenRemotes;
  /** @throws PipeError where the text cannot be changed so, or the result would not be valid. */
  edit(text: string, change: RemoteChange): string;
  /** A path that the user gave in the current folder, as the file has it. URLs stay. */
  written(option: string, value: string): string;
  /** Where a written URL leads: the absolute path of a folder, or the URL. */
  resolved(url: string): string;
}

export interface RemoteFiles {
  /** From the weakest: each overrides those before it. */
  readonly all: readonly RemoteFile[];
  file(level: Level): RemoteFile;
  /** The name under which a remote is declared. */
  spelled(name: string): string;
  /** Options that no committed file may have. */
  readonly secrets: readonly string[];
  /** What all files together declare. @throws PipeError as loading the project does. */
  declared(): RemotesConfig | undefined;
  /** Where the cache is, if that is set; as `config.cache.dir` of a project. @throws PipeError as `declared`. */
  cacheDir(): string | undefined;
}
