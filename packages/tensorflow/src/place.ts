// The place of this package: the node_modules of a project, or its own repository.
import { join } from 'node:path';

const AMONG_PACKAGES = import.meta.dirname.indexOf('/node_modules/');

/** Whether npm installed it; else the sources run as they are. */
export const isInstalled = AMONG_PACKAGES >= 0;

/** The project that uses it; in its own repository the root of that. */
export const PROJECT = isInstalled
  ? import.meta.dirname.slice(0, AMONG_PACKAGES)
  : join(import.meta.dirname, '../../..');
