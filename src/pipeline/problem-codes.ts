// Every code a problem can carry, with its meaning and its cure: the source of docs/errors.md.

interface CodeEntry {
  readonly meaning: string;
  readonly cure: string;
}

const define = <const T extends Record<string, CodeEntry>>(entries: T): T => entries;

export const problemCodes = define({
  'no-pipeline': {
    meaning: 'No pipeline file was found here or in any parent folder.',
    cure: 'Go to the project folder, or write a pipeline.yaml (`pipe init` makes an annotated one).',
  },
  'not-a-file': {
    meaning: 'A dependency or output is a device, a named pipe, a socket, or of the wrong kind.',
    cure: 'Declare a regular file or a directory.',
  },
  'unreadable': {
    meaning: 'A file or folder exists but cannot be read.',
    cure: 'Correct its permissions, or repair the disk or mount it lies on.',
  },
  'file-changing': {
    meaning: 'A file was modified every time it was being hashed.',
    cure: 'Wait until whatever writes it has ended.',
  },
  'bad-name': {
    meaning: 'A file inside a dependency or output directory has a name that cannot be kept exactly.',
    cure: 'Rename the file (valid UTF-8, at most 255 bytes).',
  },
  'symlink-refused': {
    meaning: 'A symlink inside a directory, or an output, points outside of the project, in a circle, or to nothing.',
    cure: 'Put the file itself there, or link to a place inside the project, relative.',
  },
  'manifest-refused': {
    meaning: 'The list of files of a cached directory is damaged or would write outside of the directory.',
    cure: 'Nothing was written. Run the stage again; do not trust where the object came from.',
  },
  'cache-foreign': {
    meaning: 'The folder set as cache holds files that are not a cache.',
    cure: 'Set another folder with `config: {cache: {dir: …}}`, or move those files away.',
  },
  'disk-full': {
    meaning: 'The file system or quota has no room left.',
    cure: 'Free some space (`pipe gc` removes unused objects), then run again.',
  },
  'cache-not-writable': {
    meaning: 'The cache or the workspace cannot be written.',
    cure: 'Correct its permissions, or set another cache folder.',
  },
  'disk-error': {
    meaning: 'The disk failed to write; what was being stored is not kept.',
    cure: 'Check the disk and its file system, then run again.',
  },
  'object-corrupt': {
    meaning: 'An object of the cache did not have the content of its name; it was set aside.',
    cure: 'Nothing: its stage runs again. Check the disk if it happens often.',
  },
  'output-changing': {
    meaning: 'An output changed after it was hashed and before it was stored.',
    cure: 'End whatever still writes it, then run again.',
  },
  'nondeterministic': {
    meaning: 'The same inputs gave another result than an earlier run.',
    cure: 'Fix seeds and sort what depends on order, if results are to be comparable.',
  },
  'lock-unreadable': {
    meaning: 'The lock file is not valid YAML, or has a key twice.',
    cure: 'Restore it from git, or delete it: results in the cache are found again.',
  },
  'lock-conflict': {
    meaning: 'The lock file has unresolved merge conflicts.',
    cure: 'Resolve them, or take either side: what differs is restored or run again.',
  },
  'lock-damaged': {
    meaning: 'The lock file does not have the shape of a lock file.',
    cure: 'Restore it from git, or delete it: results in the cache are found again.',
  },
  'lock-foreign-schema': {
    meaning: 'The file given as lock file is not one.',
    cure: 'Give another file with --lock, or move this one away.',
  },
  'lock-newer-schema': {
    meaning: 'The lock file was written by a newer version of pipe.',
    cure: 'Update pipe.',
  },
  'vanished-unsaved': {
    meaning: 'An output of a stage that is no longer declared lies in the workspace, and the cache does not have its bytes, so that removing it would lose them.',
    cure: 'Delete it, or move it out of the project.',
  },
  'out-not-written': {
    meaning: 'A stage ended with exit code 0 but did not write an output that it declares.',
    cure: 'Correct the path in the command or in the declaration.',
  },
  'stage-failed': {
    meaning: 'A stage\'s command ended with an error.',
    cure: 'Read its output (`pipe logs STAGE`) and run again: finished stages stay finished.',
  },
  'dep-missing': {
    meaning: 'A stage depends on a file that does not exist and that no stage writes.',
    cure: 'Put the file there, or correct the path.',
  },
  'frozen-out-missing': {
    meaning: 'An output of a frozen stage or of a data file is missing; neither is ever made by a run.',
    cure: 'Fetch it, or unfreeze the stage.',
  },
  'cache-lost': {
    meaning: 'Results that the cache should have are missing or damaged there.',
    cure: 'Nothing: the stage runs again. `pipe verify` looks at the whole cache.',
  },
  'dep-changed-meanwhile': {
    meaning: 'A dependency changed while the stage that reads it ran.',
    cure: 'Run again when the file is at rest.',
  },
  'run-locked': {
    meaning: 'Another run is at work in this project.',
    cure: 'Wait for it to end, or stop it.',
  },
  'run-locked-elsewhere': {
    meaning: 'A run on another host holds this project, or died there.',
    cure: 'Look there; if nothing runs any more, use --break-lock.',
  },
  'resources-impossible': {
    meaning: 'A stage asks for more of a resource than the machine or the pool will ever have.',
    cure: 'Ask for less, or declare the pool under `config: pools:`.',
  },
});

export type ProblemCode = keyof typeof problemCodes;
