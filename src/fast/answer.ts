// The fast answer to `pipe repro`: nothing changed since the last clean run. It gives no other answer: where anything
// differs or is unknown, the ordinary walk decides. And texts that are the same everywhere. PIPE_NO_FAST_ANSWER=1 turns it off.
import { durationText } from '../show/text/duration-text.ts';
import { OWNER_FILE, stillHolds, VERDICT_FILE } from './verdict.ts';

declare const PIPE_BUILD: string;
declare const PIPE_VERSION: string;

const fs = process.getBuiltinModule('node:fs');

/** Prints the answer. @returns false where there is none, and nothing was printed. */
export function answer(): boolean {
  const args = process.argv.slice(2);
  if (process.env['PIPE_NO_FAST_ANSWER']) return false;
  if (args.length === 1) {
    if (args[0] === '--version' || args[0] === '-V') return print(`${PIPE_VERSION}\n`);
    if (args[0] === '--help' || args[0] === '-h') return printHelp();
  }
  if (args[0] !== 'repro') return false;
  try {
    const cwd = process.cwd();
    for (let folder = cwd; ; folder = folder.slice(0, folder.lastIndexOf('/'))) {
      const text = readVerdict(folder);
      if (text !== undefined) {
        if (fs.existsSync(`${folder}/${OWNER_FILE}`)) return false;
        const fresh = stillHolds(text, { build: PIPE_BUILD, args, cwd }, fs);
        if (fresh === undefined) return false;
        const quiet = args.some((arg) => arg === '-q' || arg === '--quiet');
        if (!quiet) fs.writeSync(1, upToDate(fresh));
        return true;
      }
      if (folder === '') return false;
    }
  } catch {
    return false; // the ordinary walk reports the error
  }
}

/** The build has written the help as it is without a terminal, whose width and colours it depends on. */
function printHelp(): boolean {
  try {
    if (process.env['FORCE_COLOR'] !== undefined || isTerminal()) return false;
    return print(fs.readFileSync(`${import.meta.dirname}/help.txt`, 'utf8'));
  } catch {
    return false;
  }
}

/** @returns false where not a byte was printed. */
function print(text: string): boolean {
  const bytes = Buffer.from(text);
  let written: number;
  try {
    written = fs.writeSync(1, bytes);
  } catch {
    return false;
  }
  // The stream waits for a slow reader.
  if (written < bytes.length) process.stdout.write(bytes.subarray(written));
  return true;
}

function readVerdict(folder: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = fs.openSync(`${folder}/${VERDICT_FILE}`, 'r');
  } catch {
    return undefined;
  }
  try {
    return fs.readFileSync(descriptor, 'utf8');
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The last line of a run that had nothing to do. */
function upToDate(fresh: number): string {
  const text = 'Everything is up to date.';
  const duration = durationText(performance.now() / 1000);
  return `${wantsColour() ? `\u001b[32m${text}\u001b[39m` : text} ${fresh} fresh, ${duration}\n`;
}

/** As in show/text/colour.ts, without loading the stream. */
function wantsColour(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return TERM !== 'dumb' && isTerminal();
}

const isTerminal = (): boolean =>
  fs.fstatSync(1).isCharacterDevice() && process.getBuiltinModule('node:tty').isatty(1);
