// The changes between a stage's entry in the lock file and its inputs now that make it stale under the rules.
import type { LockEntry } from '../lock/lock-entry.ts';
import type { Stage } from '../pipeline/stage.ts';
import { changesBetween, fieldsOf, recordedInputs, type Change, type Inputs } from './fingerprint.ts';
import type { Rules } from './rules.ts';

export function countingChanges(stage: Stage, entry: LockEntry, inputs: Inputs, rules: Rules): Change[] {
  return changesBetween(fieldsOf(recordedInputs(entry)), fieldsOf(inputs)).filter((change) =>
    rules.counts(stage, change),
  );
}
