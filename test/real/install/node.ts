// Other versions of Node than the one that runs the tests, from npm; kept for the next run.
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { kept } from '../kept.ts';

/** The program of the newest Node of a major version. */
export function nodeOf(major: number): string {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = kept(
    `node-${major}`,
    `cd "$KEPT"
     echo '{ "private": true }' >package.json
     npm install --no-audit --no-fund --ignore-scripts ${name}@${major} >&2`,
  );
  return join(folder, 'node_modules', name, 'bin/node');
}

/** The JavaScript of npm's command on this machine: runs on whichever `node` comes first on PATH. */
export function npmProgram(name: 'npm' | 'npx'): string {
  const found = process.env['PATH']!.split(delimiter).find((folder) => existsSync(join(folder, name)));
  return realpathSync(join(found!, name));
}

/** Of the tests, so that registries can be reached: without what npm sets for the programs that it runs. */
export function installerEnvironment(): NodeJS.ProcessEnv {
  const isSetByNpm = /^npm_(?!config_(?:registry|cafile|proxy|https_proxy|noproxy)$)|^NODE_TEST_CONTEXT$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isSetByNpm.test(name)));
}
