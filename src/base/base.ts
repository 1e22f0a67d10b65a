// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { optimised } from './optimised-code.ts';
export { PipeError, type Problem } from './problem.ts';
export { startOf } from './process-id.ts';
export { runProgram } from './run-program.ts';
export { canonicalJson, isMap, spellFloat, spellPython, spellScalar, toJson } from './spelling.ts';
export { secretIn, withoutSecrets } from './url-secrets.ts';
export type { Scalar, Value, ValueMap } from './value.ts';
export type { WorkspacePath } from './workspace-path.ts';
