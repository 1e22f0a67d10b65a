// A folder of ours for what rclone brings, and for what it is to send.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isRunning } from '../../../disk/temporary-name.ts';

export interface Scratch {
  /** Absolute; its folder exists. */
  path(name: string): string;
  remove(): void;
}

const NAME = /^rclone-(\d+)-/;

/** @param folder absolute. What dead processes have left there goes. */
export function openScratch(folder: string): Scratch {
  removeDead(folder);
  let own: string | undefined;
  const make = (): string => {
    mkdirSync(folder, { recursive: true });
    return mkdtempSync(join(folder, `rclone-${process.pid}-`));
  };
  return {
    path(name) {
      own ??= make();
      const path = join(own, name);
      mkdirSync(dirname(path), { recursive: true });
      return path;
    },
    remove() {
      if (own !== undefined) removeFolder(own);
      own = undefined;
    },
  };
}

function removeDead(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const pid = NAME.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) removeFolder(join(folder, name));
  }
}

const removeFolder = (path: string): void => rmSync(path, { recursive: true, force: true });
