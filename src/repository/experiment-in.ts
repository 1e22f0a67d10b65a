// An experiment of a project on this machine as a revision of its repository. Only its project knows it: git does not have it.
import { existsSync } from 'node:fs';
import { PipeError } from '../base/problem.ts';
import { findRecord } from '../experiment/record-files.ts';
import type { ExperimentRecord } from '../experiment/record.ts';
import { findProject } from '../pipeline/find-root.ts';
import { noOverlay } from '../pipeline/params/overlay.ts';
import { baseOf } from '../revision/experiment-base.ts';
import { revisionOfExperiment } from '../revision/experiment-revision.ts';
import { revisionsIn } from '../revision/open-revisions.ts';
import type { Revision } from '../revision/project-at.ts';
import { dialectOf, loadAt, type Loaded } from '../session/load.ts';

export interface ExperimentIn {
  readonly record: ExperimentRecord;
  /** Its project, as it is now. */
  readonly loaded: Loaded;
  /** With everything that its files need from git, until `close`. */
  readonly revision: Revision;
  /** Ends git. */
  close(): void;
}

/** @param root absolute. @returns undefined where it is no root of a project, and for a name that git knows or no experiment has. */
export async function findExperimentIn(root: string, name: string): Promise<ExperimentIn | undefined> {
  const record = await recordIn(root, name);
  if (!record) return undefined;
  const loaded = await loadAt(findProject(root)!, noOverlay);
  const revisions = revisionsIn(root, loaded.dialect);
  const close = (): void => revisions?.close();
  try {
    if (!(await revisions?.find(name))) {
      const base = await baseOf(record, revisions, async () => loaded);
      return { record, loaded, revision: revisionOfExperiment(record, base), close };
    }
  } catch (error) {
    close();
    throw error;
  }
  close();
  return undefined;
}

/** As `findExperimentIn`, of any name. */
async function recordIn(root: string, name: string): Promise<ExperimentRecord | undefined> {
  const found = existsSync(root) ? findProject(root) : undefined;
  if (found?.root !== root) return undefined;
  const dialect = await dialectOf(found);
  return findRecord(dialect.experimentsFolder(root), name);
}

/** @throws PipeError where a revision that git does not know is an experiment, which no other machine could find again. */
export async function refuseExperiment(root: string, name: string, shown: string): Promise<void> {
  if (!(await recordIn(root, name))) return;
  throw new PipeError({
    code: 'import-refused',
    title: `'${name}' is an experiment of ${shown}, which only this machine knows: an import needs a commit`,
    hint: `make a branch of it there (\`pipe exp branch ${name}\`) and import that, or take its data without tracking it (\`pipe get --rev ${name}\`)`,
  });
}
