// Where a test may stop the program: called before each step that changes the file system, with the step's name.

export type Fault = (step: string) => void;

const at = Number(process.env['PIPE_FAULT_AT'] ?? 0);
let count = 0;

/**
 * Ends the process as a power cut would, before the step whose number `PIPE_FAULT_AT` says; steps are counted from 1.
 * Does nothing where the variable is not set.
 */
export const crashPoint: Fault =
  at > 0
    ? () => {
        count += 1;
        if (count === at) process.kill(process.pid, 'SIGKILL');
      }
    : () => undefined;
