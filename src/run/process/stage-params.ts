// How a stage gets the values of its `params:`: as JSON in a file, and in a variable if it is not too long.
import { hash } from 'node:crypto';
import { mkdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errno } from '../../base/problem.ts';
import { toJson, type Json } from '../../base/spelling.ts';
import type { StageAddress } from '../../pipeline/stage.ts';
import type { Value } from '../../base/value.ts';
import type { Inputs } from '../../plan/fingerprint.ts';
import type { Folders } from '../../plan/workspace.ts';

export interface StageParams {
  /** Absolute; no other stage has the same. */
  readonly file: string;
  readonly json: string;
}

/** The limit of Linux for a variable, name and final NUL included; the same on all systems, so that a stage works on all. */
const MOST_BYTES = 128 * 1024;

export function stageParams(address: StageAddress, { params }: Inputs, { state }: Folders): StageParams {
  const values = (file: ReadonlyMap<string, Value | undefined>): Json =>
    Object.fromEntries([...file].map(([key, value]) => [key, toJson(value ?? null)]));
  const data = { params: Object.fromEntries([...params].map(([file, map]) => [file, values(map)])) };
  const name = hash('sha256', address).slice(0, 32);
  return { file: join(state, 'params', `${name}.json`), json: JSON.stringify(data) };
}

/** `PIPE_PARAMS`; undefined where the system would refuse it. */
export function asVariable({ json }: StageParams): string | undefined {
  return Buffer.byteLength(`PIPE_PARAMS=${json}\0`) <= MOST_BYTES ? json : undefined;
}

export function writeParams({ file, json }: StageParams): void {
  const write = (): void => writeFileSync(file, json, { flag: 'wx' });
  try {
    write();
  } catch (error) {
    if (errno(error) === 'ENOENT') mkdirSync(dirname(file), { recursive: true });
    // Left by a crash, or a link: it is removed, not followed.
    else if (errno(error) === 'EEXIST') rmSync(file, { force: true });
    else throw error;
    write();
  }
}

export function removeParams({ file }: StageParams): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (errno(error) !== 'ENOENT') throw error;
  }
}
