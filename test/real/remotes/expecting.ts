// Commands in several projects, with the environment that leads to a server.
import assert from 'node:assert/strict';
import { runPipe, type Ran, type TestWorkspace } from '../../workspace.ts';

/** @returns runs a command in a project, which ends with this code. */
export const expecting =
  (env: NodeJS.ProcessEnv) =>
  async (code: number, { root }: Pick<TestWorkspace, 'root'>, ...args: readonly string[]): Promise<Ran> => {
    const ran = await runPipe(root, args, env);
    assert.equal(ran.code, code, `pipe ${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
    return ran;
  };
