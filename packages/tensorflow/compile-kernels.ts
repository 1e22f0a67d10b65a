// Compiles the kernels of the WASM backend from AssemblyScript.
import { globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { COMPILED, DIGEST, digestOfCompiled, digestOfSources, SOURCES } from './src/wasm/compiled.ts';

const root = import.meta.dirname;

/**
 * The part of the compiler's interface that is used here. Its own types declare AssemblyScript's globals for the whole project, such
 * as an `at()` that never returns undefined.
 */
interface Compiler {
  readonly main: (
    argv: readonly string[],
    streams: { readonly stderr: { readonly write: (text: Uint8Array | string) => void } },
  ) => Promise<{ readonly error: Error | null }>;
}

/**
 * Does nothing where the file exists and belongs to these sources. The kernels import the backend's memory and have none of their
 * own: no runtime, no static data.
 * @throws with the compiler's output, where it finds a mistake
 */
export async function compileKernels(): Promise<void> {
  const digest = digestOfSources();
  if (compiledDigest() === digest) return;
  const folder = relative(root, SOURCES);
  const sources = globSync('*.ts', { cwd: SOURCES }).sort();
  // Aside first: a compilation that fails leaves the last good file in place.
  const aside = `${COMPILED}.${process.pid}`;
  const options = ['--baseDir', root, '--outFile', relative(root, aside), '-O3', '--noAssert'];
  const owning = ['--enable', 'simd', '--runtime', 'stub', '--importMemory', '--noExportMemory'];
  let output = '';
  const listen = {
    write: (text: Uint8Array | string): void => {
      output += typeof text === 'string' ? text : Buffer.from(text).toString();
    },
  };
  const files = sources.map((source) => join(folder, source));
  const compiler = (await import(import.meta.resolve('assemblyscript/asc'))) as Compiler;
  const { error } = await compiler.main([...files, ...options, ...owning], { stderr: listen });
  if (error !== null) throw new Error(`${error.message}\n${output}`);
  writeFileSync(aside, Buffer.concat([readFileSync(aside), customSection(DIGEST, digest)]));
  renameSync(aside, COMPILED);
}

function compiledDigest(): string | undefined {
  try {
    return digestOfCompiled(new WebAssembly.Module(readFileSync(COMPILED)));
  } catch {
    rmSync(COMPILED, { force: true });
    return undefined;
  }
}

/** WebAssembly's: a zero, the length of the rest, the name with its length, the content; lengths here are one byte each. */
function customSection(name: string, content: string): Buffer {
  const rest = Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.from(content)]);
  return Buffer.concat([Buffer.of(0, rest.length), rest]);
}
