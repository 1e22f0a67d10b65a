// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { dvcCacheConfig, isOn, readDvcConfig, type DvcConfig } from './config.ts';
export { dvcContent } from './content.ts';
export { dvcDataEntries } from './data-entries.ts';
export { updateDvcFile } from './edit-dvc-file.ts';
export { emitMapping } from './emit-yaml.ts';
export { withEnv } from './env-memory.ts';
export { openGitignore } from './gitignore.ts';
export { equalInPython } from './input-changes.ts';
export { dvcLayout } from './layout.ts';
export { legacyFileDigest } from './legacy-digest.ts';
export { dvcLoading } from './loading.ts';
export { formatDvcLock, parseDvcLock } from './lock-format.ts';
export { formatDvcManifest, parseDvcManifest } from './manifest.ts';
export { dvcRemotes } from './remotes.ts';
export { openDvcLock, type DvcLock } from './repository-lock.ts';
export { dvcRules } from './rules.ts';
export { dvcRunKey, openDvcRunCache } from './run-cache.ts';
export { dvcOrder } from './run-order.ts';
