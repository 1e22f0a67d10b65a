// Gets npm packages: those that the binding is built from (TensorFlow.js for Node.js, with its sources, and Node's headers), and Dawn. npm
// verifies them; their scripts do not run, and their dependencies are not needed.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NativeBackend } from '../native-install.ts';
import { outputOf, runProgram, say, SetupError } from './step.ts';

/** The version of all TensorFlow.js packages here. */
export const TFJS = '4.22.0';
const NODE_HEADERS = '1.5.0';

export function bringPackages(folder: string, backend: NativeBackend): void {
  bringPackage(folder, `@tensorflow/${backend}`, TFJS);
  bringPackage(folder, 'node-api-headers', NODE_HEADERS);
}

/** Into `node_modules` of the folder. @throws SetupError */
export function bringPackage(folder: string, name: string, version: string): void {
  const target = join(folder, 'node_modules', name);
  if (existsSync(join(target, 'package.json'))) return;
  say(`fetching ${name} ${version} from npm`);
  mkdirSync(folder, { recursive: true });
  const aside = mkdtempSync(join(folder, 'aside-'));
  try {
    const archive = outputOf('npm', ['pack', '--silent', `${name}@${version}`], aside)?.trim();
    if (archive === undefined)
      throw new SetupError(`npm cannot fetch ${name}@${version}\n  try: npm view ${name}@${version} version`);
    runProgram('tar', ['-xzf', archive], 'tar unpacks the package', aside);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(dirname(target), { recursive: true });
    renameSync(join(aside, 'package'), target);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
