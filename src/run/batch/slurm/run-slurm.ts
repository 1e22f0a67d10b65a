// Calls the commands of Slurm.
import { call, type CallEnd } from '../call.ts';

export type RunSlurm = (command: string, ...args: readonly string[]) => Promise<CallEnd>;

/** @param cwd absolute folder in which they run; default: the current one. */
export function slurmCommands(cwd?: string): RunSlurm {
  const options = { env: jobEnvironment(process.env), ...(cwd !== undefined && { cwd }) };
  return (command, ...args) => call(command, args, options);
}

/** Variables of a job that we run in ourselves would be taken for options of those that we submit. */
function jobEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isOurs = (name: string): boolean => /^(?:SLURM_|SLURMD_)/.test(name) && name !== 'SLURM_CONF';
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isOurs(name)));
}
