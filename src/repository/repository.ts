// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { bringOrigin } from './bring-origin.ts';
export { bringPath } from './bring-path.ts';
export { findExperimentIn } from './experiment-in.ts';
export { basesOf, bringFromRepository, lookAtRepository } from './find-origin.ts';
export { findRepository } from './find-repository.ts';
export { openForeignStore } from './foreign-store.ts';
export { cloneCommit, forgetAnswers } from './git-clone.ts';
export { alone } from './clone-lock.ts';
export { gitCommand } from './git-command.ts';
export { keepLogin, loginIn } from './git-login.ts';
export { listEntries } from './list-entries.ts';
export { cleanOlderClones } from './older-clones.ts';
export { bringObjects } from './object-places.ts';
export { findRevision, openRepository } from './open-repository.ts';
export { isInCache, pathIn } from './path-in.ts';
