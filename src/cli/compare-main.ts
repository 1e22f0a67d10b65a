// The entry of `metrics` and `params` alone: loading all commands takes longer than comparing two revisions.
import { declareCompareCommands } from './declare/compare.ts';
import { programOf } from './program-of.ts';
import { runProgramOf } from './run-program-of.ts';

runProgramOf(() => programOf([declareCompareCommands], false));
