// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { openBesideOwn } from './beside-run.ts';
export { makeCacheFolder } from './cache-folder.ts';
export { ownContent } from './content.ts';
export { ownData } from './data-declarations.ts';
export { emitString, emitValue } from './emit-yaml.ts';
export { ownImports } from './import-files.ts';
export { ownLayout } from './layout.ts';
export { ownLoading } from './loading.ts';
export { formatLock, parseLock, parseYamlLock, pipeFormat } from './lock-format.ts';
export { formatManifest, parseManifest } from './manifest.ts';
export { mergeLocks } from './merge-lock.ts';
export { readEmitted, readKnownEmitted } from './read-emitted.ts';
export { ownRemoteFiles } from './remote-files.ts';
export { ownRules } from './rules.ts';
export { openRunCache } from './run-cache.ts';
