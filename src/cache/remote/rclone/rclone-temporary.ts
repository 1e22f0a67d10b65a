// In folders, by SFTP and by FTP a file is seen while rclone writes it: a reader would find half of one, and of two pushes that send the same
// file each would empty it under the other. There, files are sent into a folder of this process first, and get their names when they are whole.
import { inParallel } from '../../../base/in-parallel.ts';
import { temporaryName } from '../../../disk/temporary-name.ts';
import { ABANDONED_MS, TEMPORARY } from '../temporary-files.ts';
import { joined } from './rclone-place.ts';
import { runRclone } from './run-rclone.ts';

export interface TemporaryFolder {
  /** @returns where to send files first, as rclone takes it; undefined where the storage shows whole files only. */
  open(): Promise<string | undefined>;
  /** Gives files their names that were sent there. */
  moveIn(keys: readonly string[]): Promise<void>;
  remove(): Promise<void>;
}

/** Of calls of rclone. */
const MOST_AT_ONCE = 8;

/** @param place as rclone takes it, `NAME:folder`. */
export function temporaryFolder(place: string): TemporaryFolder {
  const own = joined(place, `${TEMPORARY}/${Date.now()}-${temporaryName()}`);
  let opened: Promise<string | undefined> | undefined;

  async function open(): Promise<string | undefined> {
    const features = await runRclone({ args: ['backend', 'features', '--', place] });
    if (!showsPartOfFiles(features ?? '{}')) return undefined;
    await removeOld(place);
    return own;
  }

  return {
    async open() {
      opened ??= open();
      try {
        return await opened;
      } catch (error) {
        opened = undefined;
        throw error;
      }
    },
    async moveIn(keys) {
      const names = [...new Set(keys.map((key) => key.split('/')[0]!))];
      // What is there already stays as it is, unless it is of other content.
      const flags = ['--no-traverse', '--checksum'];
      await inParallel(names, MOST_AT_ONCE, async (name) => {
        await runRclone({ args: ['moveto', ...flags, '--', joined(own, name), joined(place, name)] });
      });
    },
    async remove() {
      if ((await opened) !== undefined) await removeFolder(own);
    },
  };
}

/** @param text what `rclone backend features` prints. rclone knows since 1.63 which storages these are; before, any that can move files may be. */
function showsPartOfFiles(text: string): boolean {
  const { Features: features = {} } = JSON.parse(text) as { Features?: Record<string, boolean> };
  return features['PartialUploads'] ?? features['Move'] ?? false;
}

async function removeOld(place: string): Promise<void> {
  const folder = joined(place, TEMPORARY);
  const names = await runRclone({ args: ['lsf', '--dirs-only', '--', folder] });
  for (const name of names?.split('\n') ?? []) {
    const made = /^(\d+)-.*\.tmp\/$/.exec(name)?.[1];
    if (made !== undefined && Number(made) < Date.now() - ABANDONED_MS)
      await removeFolder(joined(folder, name.slice(0, -1)));
  }
}

/** What cannot be removed is left to a later push. */
const removeFolder = (folder: string): Promise<unknown> =>
  runRclone({ args: ['purge', '--', folder] }).catch(() => undefined);
