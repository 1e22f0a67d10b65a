// Finds commands that were written as one script and fall apart, since each line is run by itself: an error in our own format,
// a warning where DVC does the same.
import { commandsOf } from './commands.ts';
import type { FileFormat } from '../format/file-format.ts';
import type { FileReport } from '../file-report.ts';
import type { Problem } from '../../base/problem.ts';
import { canRead } from './shell-check.ts';
import { faultOfLine } from './shell-line.ts';
import type { Stage } from '../stage.ts';
import type { Value } from '../../base/value.ts';
import type { ValuePath } from '../../yaml/yaml-source.ts';

/** A line that only a shell can judge. */
interface Suspect {
  readonly shell: string;
  readonly line: string;
  report(): void;
}

/** A shell is started for each suspect: more than these are taken for good. */
const MOST_ASKED = 20;

export class BrokenLines {
  readonly #format: FileFormat;
  readonly #report: FileReport;
  /** One per declaration: its members differ in values only. */
  readonly #suspects = new Map<string, Suspect>();

  constructor(format: FileFormat, report: FileReport) {
    this.#format = format;
    this.#report = report;
  }

  /** @param declared `cmd` before its templates were resolved. @param path of it in the file. */
  look(stage: Stage, declared: Value | undefined, path: ValuePath): void {
    if (typeof stage.cmd !== 'string' || !stage.cmd.includes('\n')) return;
    const lines = commandsOf(stage);
    if (lines.length < 2) return;
    for (const [index, line] of lines.entries()) {
      const fault = faultOfLine(line);
      if (!fault) continue;
      const report = (what: string): void =>
        this.#add(
          `line ${index + 1} of the command ${what}`,
          declaredLine(declared, lines.length, index),
          path,
        );
      // What follows on a broken line is mostly a consequence.
      if (fault.certain) return report(fault.what);
      const shell = stage.env['SHELL'] || process.env['SHELL'] || '/bin/sh';
      this.#suspects.set(path.join('\0'), { shell, line, report: () => report('is no command of its own') });
      return;
    }
  }

  /** Called once every command was looked at. */
  report(): void {
    for (const suspect of [...this.#suspects.values()].slice(0, MOST_ASKED))
      if (!canRead(suspect.shell, suspect.line)) suspect.report();
  }

  #add(title: string, within: string, path: ValuePath): void {
    const problem: Problem = {
      code: 'split-command',
      title: `${title}, but each line is run by itself`,
      hint: 'make the text an item of a list (`cmd:` and below it `- |`), which runs as one script; or write it on one line, without backslashes at line ends',
      place: this.#report.source.place(path, 'value', within),
    };
    this.#report.add(
      problem,
      this.#format.warnsOfSplitCommands ? this.#report.warnings : this.#report.problems,
    );
  }
}

/** The line as it is written in the file, for its place. */
function declaredLine(declared: Value | undefined, count: number, index: number): string {
  if (typeof declared !== 'string') return '';
  const lines = commandsOf({ cmd: declared });
  return lines.length === count ? lines[index]! : '';
}
