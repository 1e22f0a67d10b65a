// The compiled kernels, and whether they are those of the sources beside them: the file carries a digest of what it was compiled
// from.
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StageError } from '../../fail.ts';

export const SOURCES = join(import.meta.dirname, 'assembly');
/** Beside its sources; not in git. */
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

/** What the file says that it was compiled from; undefined where there is none. */
export function digestOfCompiled(module: WebAssembly.Module): string | undefined {
  const [section] = WebAssembly.Module.customSections(module, DIGEST);
  return section === undefined ? undefined : Buffer.from(section).toString();
}

/** @throws StageError where there is no such file, it is damaged, or it was compiled from other sources */
export function readCompiled(): WebAssembly.Module {
  const cure = 'compile them: npm run build';
  let code: Uint8Array<ArrayBuffer>;
  try {
    code = new Uint8Array(readFileSync(COMPILED));
  } catch {
    throw new StageError(`the kernels of the wasm backend are not compiled\n  ${cure}`);
  }
  let module: WebAssembly.Module;
  try {
    module = new WebAssembly.Module(code);
  } catch {
    throw new StageError(`the compiled kernels of the wasm backend are damaged\n  ${cure}`);
  }
  if (digestOfCompiled(module) !== digestOfSources())
    throw new StageError(`the kernels of the wasm backend were changed after they were compiled\n  ${cure}`);
  return module;
}
