// Sessions of commands with all that they print, as text files that people read. A file is played again in a project, and what comes out
// must be the file.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { runHere } from '../here.ts';

/** What differs from one copy of the project to the next, by what is written in its place; looked for after each command. */
export type Names = () => readonly (readonly [random: string, shown: string])[];

/**
 * Runs the commands of a file, the lines that begin with `$`, and keeps its remarks, those with `#`. `$ cd` holds for the rest of the file;
 * what is no `pipe` is for the shell. @returns the file as it should be.
 */
export async function play(text: string, root: string, names: Names): Promise<string> {
  const parts: string[] = [];
  let folder = '.';
  for (const line of text.split('\n').filter((one) => /^[$#] /.test(one))) {
    const command = line.startsWith('$ ') ? line.slice(2) : undefined;
    if (command === undefined) {
      parts.push(line);
      continue;
    }
    if (command.startsWith('cd ')) folder = command.slice(3);
    const printed = command.startsWith('cd ') ? '' : await printedBy(command, join(root, folder), names);
    parts.push(`${line}\n${printed}`);
  }
  return parts.join('\n');
}

async function printedBy(command: string, folder: string, names: Names): Promise<string> {
  const [, settings, pipe, rest] = /^((?:[A-Z_]+=\S* )*)(pipe )?(.*)$/.exec(command)!;
  const env = Object.fromEntries(
    [...settings!.matchAll(/(\S+?)=(\S*) /g)].map(([, key, value]) => [key!, value!]),
  );
  const { code, stdout, stderr } = pipe
    ? await withSettings(env, () => runHere(folder, wordsOf(rest!)))
    : inShell(command, folder);
  const shown = (output: string, mark: string): string =>
    linesOf(names().reduce((all, [random, name]) => all.replaceAll(random, name), withoutTimes(output)))
      .map((line) => (line === '' && mark === '  ' ? '\n' : `${mark}${line}\n`))
      .join('');
  return `${shown(stdout, '  ')}${shown(stderr, '! ')}${code === 0 ? '' : `exit ${code}\n`}`;
}

/** What `-v` adds. */
const withoutTimes = (output: string): string =>
  output.replace(/^took .*$/m, 'took TIME').replace(`Node.js ${process.versions.node}`, 'Node.js VERSION');

/** Escape sequences are made visible, and so is an end without a line end. */
function linesOf(output: string): readonly string[] {
  if (output === '') return [];
  const lines = output.replaceAll('\u001b', '␛').split('\n');
  if (lines.at(-1) === '') return lines.slice(0, -1);
  return [...lines.slice(0, -1), `${lines.at(-1)!}␄`];
}

/** Separated by blanks; what has blanks is in single quotes. */
const wordsOf = (text: string): readonly string[] =>
  [...text.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);

async function withSettings<T>(
  settings: Readonly<Record<string, string>>,
  run: () => Promise<T>,
): Promise<T> {
  const { COLUMNS, ...variables } = settings;
  const { columns, isTTY } = process.stdout;
  for (const [name, value] of Object.entries(variables)) process.env[name] = value;
  if (COLUMNS !== undefined) Object.assign(process.stdout, { columns: Number(COLUMNS), isTTY: true });
  try {
    return await run();
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
    Object.assign(process.stdout, { columns, isTTY });
  }
}

function inShell(command: string, cwd: string): { code: number; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd, encoding: 'utf8' });
  return { code: status ?? 1, stdout, stderr };
}
