import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { TestContext } from 'node:test';

/** In memory and on disks. */
const PLACES = ['/dev/shm', '/tmp', '/var/tmp'];

/** A folder on another file system than those of tests; undefined, and the test is skipped, where there is none. */
export function folderOnOtherDevice(t: TestContext): string | undefined {
  const here = statSync(tmpdir()).dev;
  const place = PLACES.find((path) => existsSync(path) && statSync(path).dev !== here);
  if (place === undefined) {
    t.skip('there is no second file system here');
    return undefined;
  }
  const folder = mkdtempSync(`${place}/pipe-elsewhere-`);
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}
