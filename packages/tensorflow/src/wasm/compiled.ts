// The compiled kernels, and whether they belong to the sources beside them: the file carries a digest of its sources.
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackendError } from '../backend-error.ts';
import { isInstalled } from '../place.ts';

export const SOURCES = join(import.meta.dirname, 'assembly');
/** Beside its sources; not in git. A published package has this file only. */
export const COMPILED = join(SOURCES, 'kernels.wasm');
/** The custom section of the file that holds the digest. */
export const DIGEST = 'sources';

/** Of the names and texts of all sources. */
export function digestOfSources(): string {
  const hash = createHash('sha256');
  for (const name of globSync('*.ts', { cwd: SOURCES }).sort())
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(SOURCES, name)))
      .update('\0');
  return hash.digest('hex');
}

/** The digest that the file carries; undefined where it carries none. */
export function digestOfCompiled(module: WebAssembly.Module): string | undefined {
  const [section] = WebAssembly.Module.customSections(module, DIGEST);
  return section === undefined ? undefined : Buffer.from(section).toString();
}

/** @throws BackendError where the file does not exist, is damaged, or was compiled from other sources */
export function readCompiled(): WebAssembly.Module {
  const cure = isInstalled ? 'install the package again' : 'compile them: npm run build';
  let code: Uint8Array<ArrayBuffer>;
  try {
    code = new Uint8Array(readFileSync(COMPILED));
  } catch {
    throw new BackendError(`the kernels of the wasm backend are not compiled\n  ${cure}`);
  }
  let module: WebAssembly.Module;
  try {
    module = new WebAssembly.Module(code);
  } catch {
    throw new BackendError(`the compiled kernels of the wasm backend are damaged\n  ${cure}`);
  }
  if (!isInstalled && digestOfCompiled(module) !== digestOfSources())
    throw new BackendError(
      `the kernels of the wasm backend were changed after they were compiled\n  ${cure}`,
    );
  return module;
}
