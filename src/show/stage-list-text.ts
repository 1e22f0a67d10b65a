// `pipe stage list`: each stage with its description, or with what it writes, in DVC's words.
import type { Stage } from '../pipeline/stage.ts';
import { spelledOut } from './text/spell-out.ts';
import { cutTo, padTo, textWidth } from './text/text-width.ts';

/** Columns of a description, as in DVC. */
const LONGEST = 80;

/** Whole lines, each with its end. */
export function stageListText(stages: readonly Stage[]): string {
  const width = Math.max(0, ...stages.map(({ address }) => textWidth(spelledOut(address))));
  return stages
    .map(
      (stage) =>
        `${padTo(spelledOut(stage.address), width)}  ${cutTo(spelledOut(describeStage(stage)), LONGEST)}\n`,
    )
    .join('');
}

/** The first line of `desc`; else outputs and reports; else what it reads. */
export function describeStage({ desc, outs, deps, params }: Stage): string {
  const [title] = (desc ?? '').split('\n');
  if (title) return title.trim();
  const reports = outs.filter(({ metric, plot }) => metric || plot !== false);
  const plain = outs.filter((out) => !reports.includes(out));
  const parts = [
    ...(plain.length > 0 ? [`Outputs ${plain.map(({ path }) => path).join(', ')}`] : []),
    ...(reports.length > 0 ? [`Reports ${reports.map(({ path }) => path).join(', ')}`] : []),
  ];
  if (parts.length > 0) return parts.join('; ');
  const read = [...deps.map(({ path }) => path), ...params.map(({ file }) => file)];
  return read.length > 0 ? `Depends on ${read.join(', ')}` : 'No outputs or dependencies';
}
