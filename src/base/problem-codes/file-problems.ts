// Problems of files, folders, the disk and the cache.
import type { ProblemEntry } from './entry.ts';

export const fileProblems = {
  'not-a-file': {
    meaning: 'A dependency or output is a device, a named pipe, a socket, or of the wrong kind.',
    cure: 'Declare a regular file or a directory.',
  },
  unreadable: {
    meaning: 'A file or folder exists but cannot be read.',
    cure: 'Correct its permissions, or repair the disk or the mount that it is on.',
  },
  'file-changing': {
    meaning: 'A file changed each time while it was hashed.',
    cure: 'Wait until the program that writes it has ended.',
  },
  'bad-name': {
    meaning: 'A file inside a dependency or output directory has a name that cannot be stored exactly.',
    cure: 'Rename the file (valid UTF-8, at most 255 bytes).',
  },
  'symlink-refused': {
    meaning:
      'A symlink inside a directory, or an output that is a symlink, points outside of the project, in a circle or, in a DVC repository, to a path that does not exist.',
    cure: 'Replace the symlink by the file, or by a relative symlink to a path inside of the project.',
  },
  'manifest-refused': {
    meaning: 'The list of files of a cached directory is damaged or would write outside of the directory.',
    cure: 'Nothing was written. Run the stage again; do not trust the source of the object.',
  },
  'cache-foreign': {
    meaning: 'The cache folder holds files that do not belong to a cache.',
    cure: 'Set another folder with `config: {cache: {dir: …}}`, or move those files elsewhere.',
  },
  'cache-link': {
    meaning: 'A folder or file below the cache folder is a symbolic link. Such links are never followed.',
    cure: 'Remove the link. To have the cache elsewhere, set its folder with `config: {cache: {dir: …}}`.',
  },
  'link-unavailable': {
    meaning:
      'The settings ask for a kind of link between cache and workspace that the file system does not have, or not between these two folders. The next kind is used; the last is a copy.',
    cure: 'Put the cache on the file system of the workspace, or change the kinds of links.',
  },
  'cache-in-use': {
    meaning: 'Garbage collection needs a shared cache alone, or has it now, and `--no-wait` was given.',
    cure: 'Wait until the other command ends.',
  },
  'cache-lock-unavailable': {
    meaning: 'The file of the lock of a shared cache cannot be locked, or something else is in its place.',
    cure: 'Delete the file while no run is active, or put the cache on a file system that supports locks.',
  },
  'cache-project-unreadable': {
    meaning:
      'Another project uses the same cache, and what it needs of it cannot be read: its lock file is damaged, or a newer version of pipe wrote its note in the cache. Nothing is removed then.',
    cure: 'Mend the lock file in that project, or update pipe. If the project is gone, delete its file in `projects/` of the cache.',
  },
  'save-refused': {
    meaning: 'An output would replace a socket, a device or a named pipe, which cannot be saved first.',
    cure: 'Remove it, or move it elsewhere.',
  },
  'not-saved': {
    meaning:
      'No saved content has this name: the name given to `pipe cache restore` is wrong, or the content was removed.',
    cure: 'List the saved content with `pipe cache saved`.',
  },
  'restore-exists': {
    meaning: 'The path to which saved content is to be restored exists.',
    cure: 'Give another path, or move the existing file elsewhere.',
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
    meaning: 'The disk failed to write. The data that was being stored is not kept.',
    cure: 'Check the disk and its file system, then run again.',
  },
  'not-permitted': {
    meaning: 'The operating system does not let pipe read or write a file.',
    cure: 'Correct its permissions, or those of the folders around it.',
  },
  'file-too-large': {
    meaning: 'A file is larger than the file system, a limit of the shell or a program allows.',
    cure: 'Raise the limit (`ulimit -f`), use another file system, or make the file smaller.',
  },
  'too-many-open-files': {
    meaning: 'The process, or the machine, has no more file descriptors.',
    cure: 'Raise the limit (`ulimit -n`), or run fewer stages at a time (`-j`).',
  },
  'file-in-the-way': {
    meaning: 'A file is where a folder is needed, or a folder where a file is needed.',
    cure: 'Move it elsewhere, then run again.',
  },
  'system-error': {
    meaning:
      'The operating system refused an operation for another reason. The message names the operation and the path.',
    cure: 'Check the path and its file system, then run again.',
  },
  'object-corrupt': {
    meaning:
      'The content of an object of the cache does not match its name. The object was moved to quarantine.',
    cure: 'No action is needed: its stage runs again. Check the disk if it happens often.',
  },
  'cache-lost': {
    meaning: 'The cache lacks results that it should have, or they are damaged.',
    cure: 'No action is needed: the stage runs again. `pipe verify` checks the whole cache.',
  },
  'checkout-unsaved': {
    meaning:
      'An output was changed by hand and would be replaced, and the cache does not have its current content.',
    cure: 'Keep it with `pipe commit`, or replace it with `pipe checkout -f`.',
  },
  'checkout-missing': {
    meaning: 'The cache does not have outputs that the lock file records.',
    cure: 'Run their stages again.',
  },
  'data-elsewhere': {
    meaning:
      'Data of a `.dvc` file is missing, and the file records no content to fetch from a remote: the data is a version in cloud storage, or an import that was never downloaded.',
    cure: 'Download it with DVC (`dvc pull`, `dvc update`), or put the data there.',
  },
} satisfies Record<string, ProblemEntry>;
