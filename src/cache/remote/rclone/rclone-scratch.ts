// A folder of ours for what rclone brings, and for what it is to send.
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeProcessFolder, removeDeadFolders } from '../../../disk/process-folder.ts';

export interface Scratch {
  /** Absolute; its folder exists. */
  path(name: string): string;
  remove(): void;
}

const PREFIX = 'rclone-';

/** @param folder absolute. What dead processes have left there goes. */
export function openScratch(folder: string): Scratch {
  removeDeadFolders(folder, PREFIX);
  let own: string | undefined;
  const make = (): string => {
    mkdirSync(folder, { recursive: true });
    return makeProcessFolder(folder, PREFIX);
  };
  return {
    path(name) {
      own ??= make();
      const path = join(own, name);
      mkdirSync(dirname(path), { recursive: true });
      return path;
    },
    remove() {
      if (own !== undefined) rmSync(own, { recursive: true, force: true });
      own = undefined;
    },
  };
}
