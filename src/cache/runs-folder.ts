// The folder of a cache that holds the records of earlier runs.
import { join } from 'node:path';

/** @param dir absolute cache folder. */
export const runsFolder = (dir: string): string => join(dir, 'runs');
