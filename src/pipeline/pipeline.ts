// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { commandsOf } from './commands/commands.ts';
export { canRead } from './commands/shell-check.ts';
export { faultOfLine } from './commands/shell-line.ts';
export { readConfig } from './config/config.ts';
export type { RemoteConfig, RemotesConfig } from './config/remote-config.ts';
export { addStage } from './edit/add-stage.ts';
export { setFrozen } from './edit/freeze-stages.ts';
export { removeStages } from './edit/remove-stages.ts';
export { renameKey, setValue } from './edit/set-value.ts';
export { findRoot } from './find-root.ts';
export { faultsOf, type Schema } from './format/check-schema.ts';
export { ScanMemory } from './imports/scan-memory.ts';
export { loadProject } from './load.ts';
export { noOverlay, type Overlay } from './params/overlay.ts';
export { readParamsFile } from './params/params-file.ts';
export { readPython } from './params/read-python.ts';
export type { Project } from './project.ts';
export type { Out, Resources, Retry, Stage, StageAddress, StageName } from './stage.ts';
