// The files by which a cache of ours is known as one, also where it is seen through a remote.

/** The tag of bford.info/cachedir: backup programs leave such folders out. */
export const CACHE_TAG = 'CACHEDIR.TAG';
export const TAG_OF_PIPE = '# This folder is the cache of pipe.';

/** Below a cache folder: what the projects that share it say of themselves. */
export const PROJECTS = 'projects';

/** Below a cache that projects share, or that is not at its usual place: held by the runs that use it. */
export const USE_LOCK = `${PROJECTS}/in-use.lock`;
