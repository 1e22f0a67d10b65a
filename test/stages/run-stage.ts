// Runs a stage's program as the pipeline does.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';

const stages = join(dirname(dirname(import.meta.dirname)), 'stages');

export type FlagTexts = Readonly<Record<string, string | number | readonly (string | number)[]>>;

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** @param folder it runs in */
export async function runStage(folder: string, stage: string, flags: FlagTexts): Promise<Ran> {
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, ...[value].flat().map(String)]);
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined, PIPE_PROGRESS_FD: undefined };
  const child = spawn(process.execPath, [join(stages, `${stage}.ts`), ...args], { cwd: folder, env });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}

/** @returns what it prints */
export async function passes(folder: string, stage: string, flags: FlagTexts): Promise<string> {
  const { code, out, err } = await runStage(folder, stage, flags);
  assert.equal(code, 0, `${stage}: ${err}`);
  return out;
}

/** Ends with one message and no stack trace. */
export async function fails(folder: string, stage: string, flags: FlagTexts, message: RegExp): Promise<void> {
  const { code, err } = await runStage(folder, stage, flags);
  assert.equal(code, 1, `${stage} ${JSON.stringify(flags)}`);
  assert.match(err, message);
  assert.doesNotMatch(err, /\n {4}at /);
}
