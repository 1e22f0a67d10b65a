// `pipe doctor`: checks the installation and the project, a finding a line. Changes nothing but probe files that it removes.
import { painter, type Style } from '../../show/text/paint.ts';
import { wantsColour } from '../../show/text/colour.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';
import { checkCache } from './check-cache.ts';
import { checkMachine } from './check-machine.ts';
import { checkProject } from './check-project.ts';
import { checkRemotes } from './check-remotes.ts';
import type { Finding } from './finding.ts';

/** @returns the exit code: 1 when something is broken. */
export async function doctorCommand(flags: OutputFlags): Promise<number> {
  const { findings: project, loaded } = await checkProject(process.cwd());
  const findings = [
    ...checkMachine(),
    ...project,
    ...(loaded ? [...checkCache(loaded), ...(await checkRemotes(loaded))] : []),
  ];
  const broken = findings.some(({ state }) => state === 'broken');
  const print = makePrinter(flags);
  print.json({ ok: !broken, findings });
  print.text(findingsText(findings, wantsColour(process.stdout)));
  return broken ? 1 : 0;
}

const MARKS: { readonly [state in Finding['state']]: readonly [mark: string, style: Style] } = {
  ok: ['ok', 'green'],
  slow: ['slow', 'yellow'],
  note: ['note', 'cyan'],
  broken: ['BROKEN', 'red'],
};

function findingsText(findings: readonly Finding[], colour: boolean): string {
  const paint = painter(colour);
  const names = Math.max(...findings.map(({ name }) => name.length));
  return findings
    .map(({ state, name, text, hint }) => {
      const [mark, style] = MARKS[state];
      const line = `${paint(style, mark.padEnd(6))}  ${name.padEnd(names)}  ${spelledOut(text)}\n`;
      return hint === undefined
        ? line
        : `${line}${' '.repeat(names + 10)}${paint('dim', spelledOut(hint))}\n`;
    })
    .join('');
}
