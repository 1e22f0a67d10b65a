// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { allowMissing } from './allow-missing.ts';
export { rememberContents, type LookedAt } from './contents.ts';
export { decide, type Lookup } from './decide.ts';
export type { Decision, Reason } from './decision.ts';
export { determinesDeps } from './expected.ts';
export {
  changesBetween,
  fieldsOf,
  fingerprint,
  type Change,
  type Field,
  type FieldKind,
  type Inputs,
} from './fingerprint.ts';
export { folderChanges } from './folder-changes.ts';
export { countingChanges } from './input-changes.ts';
export { contains, overlap, reads } from './overlap.ts';
export type { Workspace } from './workspace.ts';
export { hasReusableResult, isRestorable, keepsBytes } from './reusable.ts';
