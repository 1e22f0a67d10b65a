// Runs the calling program again on the Node of node_modules, where the running one is too old: a clone has one. An installed package
// has none, and prints what it needs. Old syntax only, so that an old Node can read this file.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages, isClone } from './clone.js';

/** Whether this Node lacks what the sources need. */
export function isTooOld() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major < 22 || (major === 22 && minor < 22);
}

export function runOnNewerNode(program) {
  const link = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
  if (!existsSync(link)) {
    const cure = isClone ? installPackages() : 'install a newer one from https://nodejs.org';
    console.error(`${program} needs Node 22.22 or newer, and this is ${process.version}: ${cure}.`);
    process.exit(1);
  }
  const node = realpathSync(link);
  // Stages that call `node` get this one, too.
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
