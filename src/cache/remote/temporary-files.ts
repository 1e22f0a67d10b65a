// Files that are on their way to a remote.

/** Folder of temporary files of a remote; beside the objects, where no reader looks. */
export const TEMPORARY = 'tmp';

/** Milliseconds: whoever began a file so long ago is dead. */
export const ABANDONED_MS = 7 * 86_400_000;
