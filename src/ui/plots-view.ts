// The declared plots of a project as the page draws them, with the points of several revisions: what `pipe plots show --rev` draws.
import type { Json } from '../base/spelling.ts';
import { runProgram } from '../base/run-program.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import { readRecords } from '../experiment/record-files.ts';
import { drawRevisions } from '../plots/draw-revisions.ts';
import type { PagePlot } from '../plots/page/data.ts';
import { withNamedRevisions } from '../revision/named-revision.ts';
import { plotFiles } from '../revision/plot-files.ts';
import { WORKSPACE } from '../revision/revision-at.ts';
import type { OpenWorkspace } from '../session/open-workspace.ts';
import { pageData } from '../show/plots/page-data.ts';
import { plainNumbers } from '../show/plots/plots-json.ts';
import type { AssessedProject } from './assess-project.ts';
import type { PlotsView, PlotView } from './contract.ts';
import type { Mask } from './mask.ts';

/** Experiments beside the workspace in an exported page: as many as there are colours. */
const EXPERIMENTS = 6;
/** Bytes of images in a page; the others are named. */
const MOST_IMAGES = 16 << 20;
/** Branches and tags that are offered. */
const OFFERED = 50;

export const hasPlots = ({ project }: AssessedProject['loaded']): boolean =>
  project.reports.some(({ plots }) => plots !== undefined && plots !== null) ||
  project.stages.some(({ outs }) => outs.some(({ plot }) => plot !== false));

/** @param names of revisions; the workspace is `workspace`. @throws PipeError for one that does not exist. */
export async function plotsView(
  { loaded, mask }: AssessedProject,
  { store }: OpenWorkspace,
  names: readonly string[],
): Promise<PlotsView> {
  if (!hasPlots(loaded) || names.length === 0) return { revisions: names, plots: [] };
  const { root } = loaded.project;
  const { drawn } = await withNamedRevisions(loaded, async (find) => {
    const revisions = [];
    for (const name of names) {
      const { revision } = await find(name);
      revisions.push({
        name,
        project: revision.project,
        files: plotFiles(revision, { store, pull: undefined }),
      });
    }
    return drawRevisions(revisions, {
      targets: [],
      cwd: '.' as WorkspacePath,
      templates: loaded.dialect.plots(root).templates,
      settings: {},
      headerless: false,
      split: false,
    });
  });
  return { revisions: names, plots: withinRoom(pageData(drawn, '').plots).map((plot) => viewOf(plot, mask)) };
}

function viewOf({ spec, ...plot }: PagePlot, mask: Mask): PlotView {
  if (!spec) return plot;
  const plain = JSON.parse(JSON.stringify(spec, plainNumbers)) as NonNullable<PlotView['spec']>;
  return { ...plot, spec: mask.json(plain) as { readonly [key: string]: Json } };
}

function withinRoom(plots: readonly PagePlot[]): PagePlot[] {
  let taken = 0;
  return plots.map((plot) => {
    if (!plot.images) return plot;
    const kept = plot.images.filter(({ source }) => (taken += source.length) <= MOST_IMAGES);
    const left = plot.images.length - kept.length;
    if (left === 0) return plot;
    const problem = `${left} images are left out: a page has at most ${MOST_IMAGES >> 20} MB of them. \`pipe plots show\` draws them.`;
    return { ...plot, images: kept, problems: [...plot.problems, problem] };
  });
}

/** The workspace and its newest experiments. */
export function exportedRevisions({ folders }: AssessedProject['loaded']): readonly string[] {
  const { records } = readRecords(folders.experiments);
  const done = records.filter(({ state }) => state === 'done').map(({ name }) => name);
  return [WORKSPACE, ...done.slice(-EXPERIMENTS)];
}

/** What can be chosen: the workspace, experiments, the last commit, branches and tags. */
export function plotRevisions({ folders, project }: AssessedProject['loaded']): readonly string[] {
  const experiments = readRecords(folders.experiments).records.map(({ name }) => name);
  const refs = runProgram(
    'git',
    [
      'for-each-ref',
      `--count=${OFFERED}`,
      '--sort=-creatordate',
      '--format=%(refname:short)',
      'refs/heads',
      'refs/tags',
    ],
    { cwd: project.root },
  );
  const names =
    refs.kind === 'exited' && refs.code === 0 ? ['HEAD', ...refs.stdout.split('\n').filter(Boolean)] : [];
  return [...new Set([WORKSPACE, ...experiments.toReversed(), ...names])];
}
