// Where `npm test` makes its folders.
import { readFileSync, statfsSync } from 'node:fs';

const MEMORY = '/dev/shm';
/** Twice what all tests have there at most. */
const ENOUGH_BYTES = 6 * 2 ** 30;

/**
 * Files that live for a moment cost the system twice as much on a disk. `npm run test:real` is for true file systems.
 * @returns undefined where `TMPDIR` names a folder, memory is short, or it takes no programs.
 */
export function folderInMemory(): string | undefined {
  if (process.env['TMPDIR'] !== undefined || process.env['PIPE_TESTS'] === 'all') return undefined;
  return takesPrograms() && freeBytes() >= ENOUGH_BYTES ? MEMORY : undefined;
}

/** Containers often have it `noexec`. Where there is no `/proc`, there is no such folder. */
function takesPrograms(): boolean {
  try {
    const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
    const options = mounts
      .findLast((line) => line.split(' ')[1] === MEMORY)
      ?.split(' ')[3]
      ?.split(',');
    return options !== undefined && options.includes('rw') && !options.includes('noexec');
  } catch {
    return false;
  }
}

function freeBytes(): number {
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize;
}
