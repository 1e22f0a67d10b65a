// The entry of the command line: runs the command that the arguments name.
import { makeProgram } from './program.ts';
import { runProgramOf } from './run-program-of.ts';

runProgramOf(() => makeProgram(process.argv[2]));
