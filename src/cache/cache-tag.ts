// The file that marks a cache of ours, so that it is known as one, also where it is seen through a remote.

/** The tag of bford.info/cachedir: backup programs leave such folders out. */
export const CACHE_TAG = 'CACHEDIR.TAG';
export const TAG_OF_PIPE = '# This folder is the cache of pipe.';
