// Whether earlier runs left jobs in a batch system. Asked by every run, so it costs one look at the disk.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The journal of the jobs of one kind. */
export const JOURNAL = 'jobs.jsonl';

/** @param area absolute folder of the jobs of one kind. */
export const hasJobs = (area: string): boolean => existsSync(join(area, JOURNAL));
