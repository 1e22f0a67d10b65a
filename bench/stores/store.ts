// A server that push and pull are measured against.

/** A server with an empty store. */
export interface Store {
  readonly name: string;
  /** Of the remote that `pipe` and DVC use, without what distinguishes the two. */
  readonly url: string;
  readonly options: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** The folder of DVC's programs. */
  readonly dvc: string;
  /** The commands that copy a folder of this machine there, and back. */
  readonly copiers: Readonly<Record<string, Copier>>;
  /** Empties it. @param aside takes a path away. */
  readonly clear: (aside: (path: string) => void) => void;
  readonly stop: () => void;
}

export interface Copier {
  readonly there: (folder: string) => string;
  readonly back: (folder: string) => string;
}
