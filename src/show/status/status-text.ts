// `pipe status` in words: each stale stage and why, members of a group folded, and the counts at the end.
import { shellQuote } from '../../base/shell-quote.ts';
import { fileChangesText } from './file-changes-text.ts';
import { painter, type Paint, type Style } from '../text/paint.ts';
import { describeReason } from './reason-text.ts';
import { spelledOut } from '../text/spell-out.ts';
import { commonFiles, foldReport, reasonsOf, type Fold, type FoldedGroup } from './fold-stages.ts';
import { countStates, missingOverlay, nearestCauses, stateOf, type StatusReport } from './status-report.ts';

/** Columns up to which the reasons of a stage stay on its line. */
const ONE_LINE = 78;

export interface StatusTextOptions {
  /** Name every stage, and the fresh ones too. */
  readonly verbose: boolean;
  readonly colour: boolean;
}

/** Whole lines, each with its end. */
export function statusText(report: StatusReport, { verbose, colour }: StatusTextOptions): string {
  const paint = painter(colour);
  const lines = verbose
    ? everyStage(report, paint)
    : foldReport(report)
        .flatMap((group) => groupLines(group, paint))
        .toArray();
  const note = overlayNote(report);
  return [
    ...lines,
    ...(lines.length > 0 ? [''] : []),
    ...(note ? [note] : []),
    lastLine(report, paint),
    '',
  ].join('\n');
}

/** One line where all that is stale is alike; a heading with a line for each kind of member otherwise. */
function groupLines({ name, size, folds, vanished }: FoldedGroup, paint: Paint): string[] {
  const [only] = folds;
  if (!only && vanished.length === 1)
    return [`${paint('yellow', spelledOut(vanished[0]!.name))}: no longer declared`];
  const style = folds.length > 0 && folds.every(({ kind }) => kind === 'blocked') ? 'magenta' : 'yellow';
  if (folds.length === 1 && only!.members.length === 1 && vanished.length === 0)
    return foldLines(only!.members[0]!.stage.address, only!, paint, style);
  const gone = vanished.length > 0 ? [`${vanished.length} no longer declared`] : [];
  if (folds.length <= 1) {
    const shares = folds.map((fold) => shareText(fold, size));
    return [
      `${paint(style, spelledOut(name))}: ${[...shares, ...gone].join(', ')}`,
      ...folds.flatMap(fileLines),
    ];
  }
  return [
    `${paint(style, spelledOut(name))}:`,
    ...folds.flatMap((fold) => [shareText(fold, size), ...fileLines(fold)].map((line) => `  ${line}`)),
    ...gone.map((line) => `  ${line}`),
  ];
}

function shareText(fold: Fold, size: number): string {
  const { members } = fold;
  const parts = partsOf(fold).join('; ');
  if (members.length === 1) return `${spelledOut(members[0]!.stage.address)}: ${parts}`;
  return `${members.length === size ? `all ${size}` : `${members.length} of ${size}`} ${parts}`;
}

function foldLines(address: string, fold: Fold, paint: Paint, style: Style): string[] {
  const name = spelledOut(address);
  const parts = partsOf(fold);
  const line = parts.join('; ');
  if (parts.length === 1 || name.length + line.length <= ONE_LINE)
    return [`${paint(style, name)}: ${line}`, ...fileLines(fold)];
  return [`${paint(style, name)}:`, ...parts.map((part) => `  ${part}`), ...fileLines(fold)];
}

const fileLines = ({ files }: Fold): string[] => fileChangesText(files).map((line) => `    ${line}`);

function partsOf({ members, kind, reasons, waitsFor, apart }: Fold): string[] {
  const texts = reasons.map((reason) =>
    reason === 'new' && apart.length > 0 ? `new (${apart.map(spelledOut).join('; ')})` : reason,
  );
  const waits = members.length === 1 ? 'waits' : 'wait';
  const parts =
    waitsFor.length > 0 ? [...texts, `${waits} for ${waitsFor.map(spelledOut).join(', ')}`] : texts;
  if (kind === 'frozen' && members[0]!.stage.cmd !== null) return ['frozen', ...parts];
  if (kind === 'restore')
    return parts.map((part, index) =>
      index === parts.length - 1 ? `${part} (restorable from the cache)` : part,
    );
  return parts;
}

function everyStage(report: StatusReport, paint: Paint): string[] {
  const causes = nearestCauses(report);
  const style = { fresh: 'green', stale: 'yellow', blocked: 'magenta' } as const;
  const lines = report.stages.flatMap(({ stage, decision }) => {
    const state = stateOf(decision);
    const name = paint(style[state], spelledOut(stage.address));
    if (state === 'fresh')
      return [`${name}: ${decision.kind === 'frozen' && stage.cmd !== null ? 'frozen' : 'fresh'}`];
    return foldLines(
      stage.address,
      {
        members: [{ stage, decision }],
        kind: decision.kind,
        reasons: reasonsOf(decision).map(describeReason),
        waitsFor: causes.get(stage.address) ?? [],
        files: commonFiles([{ stage, decision }], report.folders),
        apart: [],
      },
      paint,
      style[state],
    );
  });
  const gone = report.vanished.flatMap(({ name, paths }) => [
    `${paint('yellow', spelledOut(name))}: no longer declared`,
    ...paths.map((path) => `  leaves ${spelledOut(path)}`),
  ]);
  return [...lines, ...gone];
}

function overlayNote({ overlay }: StatusReport): string | undefined {
  const flags = missingOverlay(overlay);
  if (flags.length === 0) return undefined;
  return `note: the last run was given ${spelledOut(flags.map(shellQuote).join(' '))}; status with the same flags compares like with like`;
}

function lastLine(report: StatusReport, paint: Paint): string {
  const { fresh, stale, blocked } = countStates(report);
  const gone = report.vanished.length;
  if (stale + blocked + gone === 0)
    return `${paint('green', 'Data and pipelines are up to date.')} ${fresh} fresh`;
  const counts: [number, string, Style][] = [
    [stale, 'stale', 'yellow'],
    [blocked, 'blocked', 'magenta'],
    [fresh, 'fresh', 'green'],
    [gone, 'no longer declared', 'yellow'],
  ];
  return counts
    .filter(([count, label]) => count > 0 || label === 'fresh')
    .map(([count, label, style]) => paint(style, `${count} ${label}`))
    .join(', ');
}
