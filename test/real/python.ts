// Virtual environments with packages from PyPI, for the suites that compare with programs written in Python. Made once
// and kept.
import { join } from 'node:path';
import { kept } from './kept.ts';

/**
 * @param name of the environment, for people; @param packages requirements as pip takes them.
 * @returns the folder of its programs. The first call on a machine installs, which takes about a minute.
 */
export function venv(name: string, packages: readonly string[]): string {
  const folder = kept(
    `venv-${name}`,
    `python3 -m venv "$KEPT"
     "$KEPT/bin/pip" install --quiet --disable-pip-version-check ${packages.map((one) => `'${one}'`).join(' ')}`,
  );
  return join(folder, 'bin');
}
