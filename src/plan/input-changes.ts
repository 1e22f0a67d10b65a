// What changed between the entry of a stage in the lock file and now, as far as the dialect counts it.
import type { LockEntry } from '../lock/lock-entry.ts';
import type { Stage } from '../pipeline/stage.ts';
import { changesBetween, fieldsOf, recordedInputs, type Change, type Inputs } from './fingerprint.ts';
import type { Rules } from './rules.ts';

export function countingChanges(stage: Stage, entry: LockEntry, inputs: Inputs, rules: Rules): Change[] {
  return changesBetween(fieldsOf(recordedInputs(entry)), fieldsOf(inputs)).filter((change) =>
    rules.counts(stage, change),
  );
}
