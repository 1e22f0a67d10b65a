// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { callProgram } from './call-program.ts';
export { largest, smallest } from './extremes.ts';
export { fnmatch } from './fnmatch.ts';
export { equalKeys, keyIdentity } from './key-identity.ts';
export { LazyMap } from './lazy-map.ts';
export { optimised } from './optimised-code.ts';
export { PipeError, type Problem } from './problem.ts';
export { isAlive, ownProcessId, startOf } from './process-id.ts';
export { runProgram } from './run-program.ts';
export { shellQuote } from './shell-quote.ts';
export { canonicalJson, isMap, spellFloat, spellPython, spellScalar, toJson } from './spelling.ts';
export { startProgram } from './start-program.ts';
export { didYouMean, nearest } from './suggest.ts';
export { secretIn, withoutSecrets } from './url-secrets.ts';
export { userFolder } from './user-folder.ts';
export type { Scalar, Value, ValueMap } from './value.ts';
export { isInside, isWithin, parentFolder, workspacePath, type WorkspacePath } from './workspace-path.ts';
export { fitYoungGeneration } from './young-generation.ts';
