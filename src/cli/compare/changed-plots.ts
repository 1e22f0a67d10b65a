// The plots that differ between two revisions, drawn where a folder for them is given.
import { basename, relative, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { DrawnPlot } from '../../plots/draw-plots.ts';
import type { Report } from '../../show/compare/report-markdown.ts';
import type { WorkspacePath } from '../../base/workspace-path.ts';
import type { Revision } from '../../revision/project-at.ts';
import type { ContentsStore } from '../../revision/read-contents.ts';
import { drawRevisions } from '../../plots/draw-revisions.ts';
import { plotFiles } from '../../revision/plot-files.ts';
import { printProblem } from '../problems.ts';
import { writeSvgs } from '../plots/write-svgs.ts';

export interface PlotOptions {
  /** Folder for drawings, in the current one. */
  readonly folder: string | undefined;
  /** What addresses of drawings begin with, in place of that folder. */
  readonly url: string | undefined;
  /** Current folder, from the root. */
  readonly cwd: WorkspacePath;
  readonly store: ContentsStore;
}

export async function changedPlots(
  [old, now]: readonly [Revision, Revision],
  { folder, url, cwd, store }: PlotOptions,
): Promise<Report['plots']> {
  const isOfCommit = ({ commit, isExperiment }: Revision): boolean => commit !== undefined && !isExperiment;
  if (isOfCommit(old) && isOfCommit(now) && old.commit?.id === now.commit?.id) return [];
  const { drawn } = await drawRevisions(
    [old, now].map((revision) => ({
      name: revision.name,
      project: revision.project,
      files: plotFiles(revision, { store, pull: undefined }),
    })),
    {
      targets: [],
      cwd,
      templates: now.dialect.plots(now.project.root).templates,
      settings: {},
      headerless: false,
      split: false,
    },
  );
  const revs = [old.name, now.name] as const;
  const changed = drawn.filter((one) => differs(one, revs));
  if (folder === undefined) return changed.map(({ plot }) => ({ name: plot.name, image: undefined }));
  const named = await Promise.all(
    changed.map(async (one) => {
      const { files, problems } = await writeSvgs([one], resolve(folder));
      for (const problem of problems) printProblem(problem);
      const file = files[0];
      return { name: one.plot.name, image: file && addressOf(file, url) };
    }),
  );
  return named;
}

const addressOf = (file: string, url: string | undefined): string =>
  (url === undefined ? relative(process.cwd(), file) : `${url.replace(/\/$/, '')}/${basename(file)}`)
    .split('/')
    .map((part) => (/^https?:$/.test(part) ? part : encodeURI(part)))
    .join('/');

/** Whether the two revisions have other points, or other bytes of images. */
function differs({ plot }: DrawnPlot, [old, now]: readonly [string, string]): boolean {
  if (plot.kind === 'image') {
    const bytesOf = (rev: string): readonly Buffer[] =>
      plot.images.filter(({ revision }) => revision === rev).map(({ bytes }) => Buffer.from(bytes));
    return !isDeepStrictEqual(bytesOf(old), bytesOf(now));
  }
  const rowsOf = (rev: string): unknown =>
    plot.rows.filter((row) => row['rev'] === rev).map((row) => ({ ...row, rev: '' }));
  return !isDeepStrictEqual(rowsOf(old), rowsOf(now));
}
