// Distinguishes a clone from an installed package, and explains how to complete a clone. Old syntax only, so that an old Node can read this file.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export const isClone = existsSync(`${root}scripts/build.ts`);

/** Where packages are installed, their scripts did not run: they bring a Node and the build. */
export function installPackages() {
  const command = existsSync(`${root}node_modules/.package-lock.json`)
    ? 'npm ci --ignore-scripts=false'
    : 'npm ci';
  return `run \`${command}\` in ${root}`;
}
