// Finds commands that were written as one script although each line runs separately: an error in pipeline.yaml, a warning in
// dvc.yaml, which DVC runs in the same way.
import { commandsOf } from './commands.ts';
import type { FileFormat } from '../format/file-format.ts';
import type { FileReport } from '../file-report.ts';
import type { Problem } from '../../base/problem.ts';
import { canRead } from './shell-check.ts';
import { faultOfLine } from './shell-line.ts';
import type { Stage } from '../stage.ts';
import type { Value, ValuePath } from '../../base/value.ts';

/** A line that only a shell can judge. */
interface Suspect {
  readonly shell: string;
  readonly line: string;
  report(): void;
}

/** A shell is started for each suspect; more of them are not checked. */
const MAX_CHECKED = 20;

export class BrokenLines {
  readonly #format: FileFormat;
  readonly #report: FileReport;
  /** One per declaration: its members differ only in values. */
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
      // Faults after a broken line are usually consequences of it.
      if (fault.certain) return report(fault.what);
      const shell = stage.env['SHELL'] || process.env['SHELL'] || '/bin/sh';
      this.#suspects.set(path.join('\0'), { shell, line, report: () => report('is not a complete command') });
      return;
    }
  }

  /** Called after the last `look`. */
  report(): void {
    for (const suspect of [...this.#suspects.values()].slice(0, MAX_CHECKED))
      if (!canRead(suspect.shell, suspect.line)) suspect.report();
  }

  #add(title: string, within: string, path: ValuePath): void {
    const problem: Problem = {
      code: 'split-command',
      title: `${title}, but each line runs separately`,
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
