// The folder of corrupt objects in a DVC repository.
import { join } from 'node:path';

/** Not in DVC's cache, which has no such folder. @param scratch absolute folder of ours for files on their way. */
export const dvcQuarantine = (_dir: string, scratch: string): string => join(scratch, 'quarantine');
