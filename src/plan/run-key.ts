// Under which name the run cache keeps a result: the fingerprint of the inputs, or in a DVC repository DVC's own key.
import { dvcRunKey } from '../dvc/run-cache.ts';
import type { Digest } from '../hash/digest.ts';
import type { Project } from '../pipeline/project.ts';
import { fingerprintOf, lockEntry, type Inputs } from './fingerprint.ts';

export function runKey(inputs: Inputs, kind: Project['kind']): Digest {
  return kind === 'dvc' ? dvcRunKey(lockEntry(inputs, []), inputs.outs) : fingerprintOf(inputs);
}
