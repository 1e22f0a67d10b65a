// Which files of tests share a process. To start one and to load the engine takes a tenth of a second of a processor, as much as many
// files of tests need.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Few enough that no process goes on long after the others have ended. */
const TOGETHER = 8;
/** These run commands as if the process were theirs. */
const COMMANDS = /^test\/cli\//;
/** Hooks for all tests of a file would run for those of the others, too. */
export const HOOK = /^(?:before|after)(?:Each)?\(/m;
/** Of what all of a process share. */
const CHANGES =
  /\bdelete process\.env\b|\bprocess\.(?:env(?:\[[^\]]*\])? = |chdir\()|\bassign\(process\.env\b/;
/** As a whole, files take minutes each, and some write into the repository. */
const isShared = process.env['PIPE_TESTS'] !== 'all';

/**
 * Writes a program for each process, which imports its files.
 * @param files relative to the root. @param folder is made. @returns paths of the programs.
 */
export function writeEntries(root: string, files: readonly string[], folder: string): string[] {
  const alone = files.filter((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    return !isShared || COMMANDS.test(file) || HOOK.test(text) || CHANGES.test(text);
  });
  const others = files.filter((file) => !alone.includes(file));
  const groups = Array.from({ length: Math.ceil(others.length / TOGETHER) }, (_, index) =>
    others.slice(index * TOGETHER, (index + 1) * TOGETHER),
  );
  mkdirSync(folder);
  // The runner sorts them. First those that are alone, since they take longest.
  return [...alone.map((file) => [file]), ...groups].map((group, index) => {
    const path = join(folder, `${String(index).padStart(4, '0')}.test.js`);
    const imports = [join(import.meta.dirname, 'process.ts'), ...group.map((file) => join(root, file))];
    writeFileSync(
      path,
      imports.map((file) => `import ${JSON.stringify(pathToFileURL(file).href)};\n`).join(''),
    );
    return path;
  });
}
