// Where a test can stop the program: called before each step that changes the file system, with the name of the step.

export type Fault = (step: string) => void;

const at = Number(process.env['PIPE_FAULT_AT'] ?? 0);
const code = process.env['PIPE_FAULT_ERROR'];
/** Steps that need no space on the disk. */
const REMOVES = /^(?:clear|let go|remove|take lock)/;
let count = 0;

/**
 * Ends the process as a power cut would, before the step with the number `PIPE_FAULT_AT`, counted from 1. With
 * `PIPE_FAULT_ERROR=ENOSPC` that step fails as on a full disk instead, and with `PIPE_FAULT_ERROR=SIGINT` the process gets that signal.
 * Does nothing where the variables are not set.
 */
export const crashPoint: Fault =
  at > 0
    ? (step) => {
        count += 1;
        if (count !== at) return;
        if (code === undefined || code.startsWith('SIG')) process.kill(process.pid, code ?? 'SIGKILL');
        else if (!REMOVES.test(step)) throw Object.assign(new Error(`${code}: ${step}`), { code });
      }
    : () => undefined;
