// The files of a revision, as plots read them.
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { PlotFiles } from '../plots/plot-files.ts';
import type { Revision } from './project-at.ts';
import { filesAt, isAbsence, readAt, type Absence } from './read-contents.ts';
import type { Reading } from './read-values.ts';

export function plotFiles(revision: Revision, { store, pull }: Reading): PlotFiles {
  const read = async (at: WorkspacePath): Promise<Buffer | Absence> => {
    const found = await readAt(revision, at, store);
    if (!pull || !isAbsence(found) || found.kind !== 'not-in-cache') return found;
    await pull([found.output]);
    return readAt(revision, at, store);
  };
  return {
    async files(at) {
      const found = await filesAt(revision, at, store);
      const output = revision.output(at);
      if (found || !pull || !output) return found ?? [at];
      await pull([output]);
      // A folder that is recorded and not in the cache is reported as a file that is missing.
      return (await filesAt(revision, at, store)) ?? [at];
    },
    async read(at) {
      const found = await read(at);
      return isAbsence(found) ? undefined : found;
    },
    isFolder: (at) => revision.kind(at) === 'directory',
  };
}
