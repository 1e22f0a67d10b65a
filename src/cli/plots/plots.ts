// `pipe plots show|diff|templates`: draws what stages and pipeline files declare under `plots:`, in one or in several revisions.
import { relative, resolve } from 'node:path';
import { PipeError } from '../../base/problem.ts';
import { didYouMean } from '../../base/suggest.ts';
import { folderHere, type WorkspacePath } from '../../base/workspace-path.ts';
import type { Settings } from '../../plots/definition.ts';
import type { DrawnPlot } from '../../plots/draw-plots.ts';
import { findProject, findRoot } from '../../pipeline/find-root.ts';
import { BUILT_IN } from '../../plots/templates/built-in.ts';
import { loadToShow, type Loaded } from '../../session/load.ts';
import { exactNumbers, plotsJson } from '../../show/plots/plots-json.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';
import { printProblem } from '../problems.ts';
import { drawRevisions, type DrawnRevisions } from '../../plots/draw-revisions.ts';
import { openedRevisions } from './plot-revisions.ts';
import { reportFailures } from './report-failures.ts';
import { writeImages } from './write-images.ts';
import { writePage } from './write-page.ts';
import { writeSvgs } from './write-svgs.ts';
import { drawInTerminal } from './draw-in-terminal.ts';

export interface PlotsFlags extends OutputFlags {
  readonly out?: string;
  readonly template?: string;
  readonly x?: string;
  readonly y?: string;
  readonly title?: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
  /** False for `--no-header`. */
  readonly header: boolean;
  readonly pull?: true;
  readonly remote?: string;
  readonly svg?: true;
  readonly showVega?: true;
  readonly split?: true;
  readonly open?: true;
  readonly htmlTemplate?: string;
}

export interface DiffFlags extends PlotsFlags {
  readonly targets?: readonly string[];
}

export interface ShowFlags extends PlotsFlags {
  readonly rev?: readonly string[];
}

/** @returns the exit code. */
export const plotsShowCommand = (targets: readonly string[], flags: ShowFlags): Promise<number> =>
  plotsCommand(targets, flags, { revs: flags.rev ?? ['workspace'] });

/** @returns the exit code. */
export const plotsDiffCommand = (revs: readonly string[], flags: DiffFlags): Promise<number> =>
  plotsCommand(flags.targets ?? [], flags, { revs, compare: true });

/** @returns the exit code. */
export function plotsTemplatesCommand(name: string | undefined, flags: OutputFlags): number {
  const print = makePrinter(flags);
  if (name === undefined) {
    print.json([...BUILT_IN.keys()]);
    for (const known of BUILT_IN.keys()) print.line(known);
    return 0;
  }
  const content = BUILT_IN.get(name);
  if (!content)
    throw new PipeError({
      code: 'plot-template',
      title: `there is no built-in template '${name}'`,
      hint: didYouMean(name, BUILT_IN.keys()) ?? '`pipe plots templates` lists them',
    });
  process.stdout.write(`${JSON.stringify(content, null, 2)}\n`);
  return 0;
}

interface Selection {
  readonly revs: readonly string[];
  /** Add what a comparison needs besides these. */
  readonly compare?: true;
}

async function plotsCommand(
  targets: readonly string[],
  flags: PlotsFlags,
  selection: Selection,
): Promise<number> {
  const loaded = await loadedFor(targets);
  const { drawn, unmatched } = await drawnPlots(loaded, targets, flags, selection);
  const { out } = loaded.dialect.plots(loaded.project.root);
  const folder = resolve(flags.out ?? out);
  const report = (): number => reportFailures(drawn, { targets, unmatched, json: flags.json === true });
  if (flags.json) {
    const images = writeImages(drawn, folder);
    const json = plotsJson(drawn, (plot) => images.get(plot) ?? []);
    process.stdout.write(`${JSON.stringify(json, exactNumbers)}\n`);
    return report();
  }
  if (flags.showVega) {
    const filled = drawn.find(({ filled }) => filled)?.filled;
    if (filled) process.stdout.write(`${JSON.stringify(filled.content, exactNumbers)}\n`);
    return filled ? report() : Math.max(1, report());
  }
  const plots = withoutRepeats(drawn, targets);
  const shown = plots.filter(({ plot, filled }) => (plot.kind === 'image' ? plot.images.length > 0 : filled));
  if (shown.length === 0) {
    report();
    throw nothingToPlot(targets);
  }
  const print = makePrinter(flags);
  print.text(drawInTerminal(shown, targets));
  const { files, problems } = flags.svg
    ? await writeSvgs(shown, folder)
    : { files: [writePage(plots, folder, { loaded, ...flags })], problems: [] };
  for (const file of files) print.line(relative(process.cwd(), file));
  for (const problem of problems) printProblem(problem);
  return Math.max(report(), problems.length > 0 ? 1 : 0);
}

/** Files that are named are drawn outside of a project, too. */
function loadedFor(targets: readonly string[]): Promise<Loaded> {
  const cwd = process.cwd();
  if (findProject(cwd) || targets.length === 0) return loadToShow(findRoot(cwd));
  const nothing = new Map([['pipeline.yaml' as WorkspacePath, 'stages: {}\n']]);
  return loadToShow({ root: cwd, pipelineFile: 'pipeline.yaml', isDvcRepository: false }, nothing);
}

function drawnPlots(
  loaded: Loaded,
  targets: readonly string[],
  flags: PlotsFlags,
  selection: Selection,
): Promise<DrawnRevisions> {
  const { root } = loaded.project;
  const { pull, remote } = flags;
  const asked = { ...selection, ...(pull && { pull: remote === undefined ? {} : { remote } }) };
  return openedRevisions(loaded, asked, (revisions) =>
    drawRevisions(revisions, {
      targets: targets.map((target) => relative('', target) || '.'),
      cwd: folderHere(root),
      templates: loaded.dialect.plots(root).templates,
      settings: settingsOf(flags),
      headerless: !flags.header,
      split: flags.split === true,
    }),
  );
}

/** A file that is named and declared is drawn as declared. DVC's JSON has it twice. */
const withoutRepeats = (drawn: readonly DrawnPlot[], targets: readonly string[]): readonly DrawnPlot[] =>
  drawn.filter(
    ({ plot: { name } }) =>
      !targets.includes(name) || !drawn.some(({ plot }) => plot.name.endsWith(`::${name}`)),
  );

function settingsOf({ template, x, y, title, xLabel, yLabel }: PlotsFlags): Settings {
  return {
    ...(template !== undefined && { template }),
    ...(x !== undefined && { x: { by: 'name', names: [x] } }),
    ...(y !== undefined && { y: { by: 'name', names: [y] } }),
    ...(title !== undefined && { title }),
    ...(xLabel !== undefined && { xLabel }),
    ...(yLabel !== undefined && { yLabel }),
  };
}

function nothingToPlot(targets: readonly string[]): PipeError {
  const asked = targets.length > 0;
  return new PipeError({
    code: 'nothing-to-plot',
    title: asked ? 'there is nothing to plot in what was asked for' : 'there is nothing to plot',
    hint: asked
      ? 'name plots or files: `pipe plots show loss.csv`'
      : 'declare files under `plots:`, or name them: `pipe plots show loss.csv`',
  });
}
