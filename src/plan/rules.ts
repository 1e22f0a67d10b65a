// What differs between dialects in how stages are decided, restored and recorded.
import type { Digest } from '../hash/digest.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { Change, Inputs } from './fingerprint.ts';

export interface Rules {
  /** Whether a change of the inputs since the record makes the stage stale. */
  counts(stage: Stage, change: Change): boolean;
  /** The working folder and environment, as far as they are inputs. @param folder of the stage's lock file. */
  settingsOf(stage: Stage, folder: WorkspacePath): Pick<Inputs, 'wdir' | 'env'>;
  /** The key under which the run cache keeps the result of these inputs. */
  runKey(inputs: Inputs): Digest;
  /** The run key covers everything that the stage reads. */
  hasWholeRunKey(stage: Stage): boolean;
  /** The recorded result of a stage without dependencies and parameters may be restored. */
  readonly restoresSources: boolean;
  /** Where only outputs differ, they are restored from the lock file or not at all. */
  readonly restoresFromLockOnly: boolean;
  /** The executable bit of a dependency is part of it. */
  readonly depModesCount: boolean;
  /** The executable bit of an output is part of it. */
  readonly outModesCount: boolean;
  /** A cached output that the cache lacks counts as missing, even where it is in the workspace. */
  readonly needsObjects: boolean;
  /** The present outputs of a frozen stage are recorded where they differ from the record, as those of data are everywhere. */
  readonly recordsFrozen: boolean;
  /** Imported data that was edited is recorded together with what its source has then; otherwise with what it was brought from. */
  readonly recordsSources: boolean;
  /** Dependencies that changed during the run are recorded as they are afterwards; otherwise the stage is not recorded. */
  readonly recordsChangedDeps: boolean;
  /** Records and outputs of stages that are no longer declared stay. */
  readonly keepsVanished: boolean;
}
