// Problems of data that is imported or read from outside of the project.
import type { ProblemEntry } from './entry.ts';

export const sourceProblems = {
  'source-missing': {
    meaning: 'Nothing exists at a URL or path that data is to come from.',
    cure: 'Correct the URL or path. If it moved, import it again from its new place.',
  },
  'source-unreachable': {
    meaning: 'The place that data comes from does not answer.',
    cure: 'Check the network and the URL, then try again.',
  },
  'source-refused': {
    meaning: 'The place that data comes from refuses to give it.',
    cure: 'Check your permissions. Credentials belong to a remote: declare one, and use `remote://NAME/PATH`.',
  },
  'source-changing': {
    meaning: 'Data changed each time while it was downloaded, so that no version of it came as a whole.',
    cure: 'Wait until nothing writes there, then try again.',
  },
  'source-changed': {
    meaning:
      'The source of an import has other data than was recorded, so the recorded data cannot be fetched from there.',
    cure: 'Take the new data with `pipe update`, or fetch the recorded data from a remote.',
  },
  'source-unsupported': {
    meaning: 'The kind of a URL, or an option of an import, is not supported.',
    cure: 'Follow the hint of the message; it names another way.',
  },
  'import-exists': {
    meaning: 'A download would replace a file or folder that exists, or an import that is declared.',
    cure: 'Choose another name, or give --force: what exists is saved before.',
  },
  'import-refused': {
    meaning: 'Something cannot be imported to this path, or not with these options.',
    cure: 'Follow the hint of the message.',
  },
  'not-an-import': {
    meaning: '`pipe update` was asked to update something that was not imported.',
    cure: 'Name an import. Data that was added is recorded again with `pipe add` or `pipe commit`.',
  },
  'repository-unreachable': {
    meaning:
      'Another repository cannot be read: it does not exist, git cannot reach it, or it has no commit.',
    cure: 'Check the URL and your access: `git ls-remote URL` must work on this machine.',
  },
  'repository-lacks': {
    meaning: 'Another repository has no such path, or neither its cache nor its remotes have the data of it.',
    cure: 'Look with `pipe list`. Data that was never pushed there must be pushed by its owners.',
  },
} satisfies Record<string, ProblemEntry>;
