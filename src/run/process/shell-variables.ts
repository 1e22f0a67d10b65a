// What a shell changes in the environment before it executes a program.
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { isSameFile, statsAt } from '../../disk/same-file.ts';
import { valueOf, type Environment, type Variables } from './environment.ts';

/** bash sets `_` to the path of the program, too. */
export const OF_SHELL = ['PWD', 'OLDPWD', 'SHLVL', '_'] as const;

/** @param cwd absolute. @returns undefined where the folder does not exist. */
export function asShellSets(env: Environment, shell: string, cwd: string): Variables | undefined {
  const PWD = valueOf(env, 'PWD');
  const OLDPWD = valueOf(env, 'OLDPWD');
  const shown = PWD === cwd || isSame(PWD, cwd) ? PWD : realPath(cwd);
  if (shown === undefined) return undefined;
  if (basename(shell) !== 'bash') return { PWD: shown };
  const isFolder = OLDPWD !== undefined && statsAt(OLDPWD)?.isDirectory() === true;
  return {
    PWD: shown,
    OLDPWD: isFolder ? OLDPWD : undefined,
    SHLVL: valueOf(env, 'SHLVL') ?? '0',
    _: undefined,
  };
}

function isSame(path: string | undefined, folder: string): boolean {
  return path?.startsWith('/') === true && isSameFile(statsAt(path), statsAt(folder));
}

function realPath(folder: string): string | undefined {
  try {
    return realpathSync.native(folder);
  } catch {
    return undefined;
  }
}
