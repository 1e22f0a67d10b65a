// Where corrupt objects go in a DVC repository.
import { join } from 'node:path';

/** Nothing of ours is in DVC's cache. @param scratch absolute folder of ours for files on their way. */
export const dvcQuarantine = (_dir: string, scratch: string): string => join(scratch, 'quarantine');
