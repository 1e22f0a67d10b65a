// `pipe why` in words: everything that decides about one stage, field by field in the order of its fingerprint, what has
// changed and what has not, and the chain of causes before it.
import { withoutSecrets } from '../../base/url-secrets.ts';
import { largest } from '../../base/extremes.ts';
import type { Stage, StageAddress } from '../../pipeline/stage.ts';
import type { Decision } from '../../plan/decision.ts';
import type { Change, Field } from '../../plan/fingerprint.ts';
import type { HistoryEntry } from '../../run/history.ts';
import { durationText } from '../text/duration-text.ts';
import { fileChangesText } from './file-changes-text.ts';
import { groupPart } from '../text/group-part.ts';
import { painter, type Paint } from '../text/paint.ts';
import { changeText, describeReasons, fieldValueText } from './reason-text.ts';
import { spelledOut } from '../text/spell-out.ts';
import { reasonsOf } from './fold-stages.ts';
import { nearestCauses, type StatusReport } from './status-report.ts';
import { padTo, textWidth } from '../text/text-width.ts';
import { timeText } from '../text/time-text.ts';

export interface WhyStory {
  readonly stage: Stage;
  readonly decision: Decision;
  /** What is compared, as it is now. */
  readonly current: readonly Field[];
  /** What differs from the lock file; undefined when it has no entry. */
  readonly changes: readonly Change[] | undefined;
  /** By path of a dependency: the stale stages that write it; none where it can be compared already. */
  readonly makers: ReadonlyMap<string, readonly Stage[]>;
  /** Of the stage and everything before it, in dependency order. */
  readonly report: StatusReport;
  readonly last?: HistoryEntry | undefined;
}

export interface WhyTextOptions {
  readonly colour: boolean;
  /** IANA name; the reader's time zone if left out. */
  readonly zone?: string;
}

/** Whole lines, each with its end. */
export function whyText(story: WhyStory, { colour, zone }: WhyTextOptions): string {
  const paint = painter(colour);
  const causes = causeLines(story, paint);
  const { last } = story;
  const parts = [
    [headline(story, paint)],
    fieldLines(story, paint),
    causes.length > 0 ? ['what comes before it:', ...causes] : [],
    last
      ? [
          `last ${last.what} ${timeText(new Date(last.time), zone)} in ${durationText(last.seconds)}, because: ${spelledOut(last.why)}`,
        ]
      : [],
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => `${line}\n`).join(''))
    .join('\n');
}

function headline({ stage, decision, changes }: WhyStory, paint: Paint): string {
  const name = paint('bold', spelledOut(stage.address));
  switch (decision.kind) {
    case 'fresh':
      return `${name} is ${paint('green', 'fresh')}: its inputs and outputs match the lock file.`;
    case 'frozen':
      return `${name} is ${paint('blue', 'frozen')}: it never runs${stage.cmd === null ? ' (a data file)' : ''}.`;
    case 'blocked':
      return `${name} is ${paint('magenta', 'blocked')}: what it reads is made by stages that are stale themselves.`;
    case 'restore':
      return `${name} is ${paint('yellow', 'stale')}: its outputs will be restored from the ${decision.from === 'lock' ? 'cache' : 'run cache'}; it does not have to run.`;
    case 'run':
      return `${name} is ${paint('yellow', 'stale')}: it will run${changes ? '' : ', because no result of it is recorded'}.`;
  }
}

interface Row {
  /** Changed, as recorded, not known yet, nothing recorded. */
  readonly mark: '≠' | '=' | '?' | '+';
  readonly kind: string;
  readonly name: string;
  readonly value: string;
}

function fieldLines(story: WhyStory, paint: Paint): string[] {
  const rows = [...rowsOf(story), ...otherReasons(story)].map((row) => ({
    ...row,
    shown: spelledOut(row.name),
  }));
  const kinds = largest(rows.map(({ kind }) => kind.length));
  const names = Math.min(48, largest(rows.map(({ shown }) => textWidth(shown))));
  const folders = story.report.folders?.get(story.stage.address);
  return rows.flatMap(({ mark, kind, name, shown, value }) => {
    const text =
      `${mark} ${kind.padEnd(kinds)}  ${name === '' ? '' : `${padTo(shown, names)}  `}${value}`.trimEnd();
    const files = mark === '≠' ? fileChangesText(folders?.get(name) ?? []) : [];
    const line = mark === '=' ? paint('dim', text) : paint(mark === '?' ? 'magenta' : 'yellow', text);
    return [`  ${line}`, ...files.map((file) => `        ${file}`)];
  });
}

/** One row per field of the fingerprint, then those that are recorded and no longer there. */
function rowsOf({ current, changes, decision, makers }: WhyStory): Row[] {
  const identity = ({ kind, key }: { kind: string; key: readonly string[] }): string =>
    JSON.stringify([kind, ...key]);
  const changed = new Map((changes ?? []).map((change) => [identity(change), change]));
  const outs = new Map(
    reasonsOf(decision).flatMap((reason) =>
      'path' in reason ? [[reason.path, reason.kind.replace('out-', '')]] : [],
    ),
  );
  const rows = current.map((field): Row => {
    const { kind, key } = field;
    const name = nameOf(field);
    const change = changed.get(identity(field));
    changed.delete(identity(field));
    const made = kind === 'dep' || kind === 'links' || kind === 'mode' ? makers.get(key[0]!) : undefined;
    if (made)
      return {
        mark: '?',
        kind,
        name,
        value: `to be made by ${stagesText(made.map(({ address }) => address))}`,
      };
    const state = kind === 'out' ? outs.get(key[0]!) : undefined;
    if (state !== undefined) return { mark: '≠', kind, name, value: state.replaceAll('-', ' ') };
    if (change) return { mark: '≠', kind, name, value: changeText(change) };
    return { mark: changes ? '=' : '+', kind, name, value: fieldValueText(field) };
  });
  const gone = [...changed.values()].map((change): Row => ({
    mark: '≠',
    kind: change.kind,
    name: nameOf(change),
    value: changeText(change),
  }));
  return [...rows, ...gone];
}

const nameOf = ({ kind, key }: Pick<Field, 'kind' | 'key'>): string =>
  kind === 'param' ? key.join(':') : withoutSecrets(key[0] ?? '');

/** Reasons that are no field. */
function otherReasons({ stage, decision }: WhyStory): Row[] {
  return reasonsOf(decision).flatMap((reason): Row[] => {
    if (reason.kind === 'forced') return [{ mark: '≠', kind: 'forced', name: '', value: 'asked for' }];
    if (reason.kind !== 'always-changed') return [];
    const value = stage.alwaysChanged
      ? 'always_changed: true'
      : 'a command without deps and outs runs every time';
    return [{ mark: '≠', kind: 'always', name: '', value }];
  });
}

/** `prep`, `train (90)`; several groups side by side. */
function stagesText(stages: readonly StageAddress[]): string {
  return [...Map.groupBy(stages, groupPart)]
    .map(([group, members]) =>
      spelledOut(members.length === 1 ? members[0]! : `${group} (${members.length})`),
    )
    .join(', ');
}

/** Deeper causes are not indented further. */
const DEEPEST = 8;
/** Causes up to which all are listed; of more, the nearest and those with reasons of their own. */
const MOST = 50;
const NEAREST = 10;

interface CauseLine {
  readonly text: string;
  readonly waits: boolean;
}

/** The stages that are waited for and why they are stale, each below the one that waits, members of a group folded. */
function causeLines({ stage, report }: WhyStory, paint: Paint): string[] {
  const nearest = nearestCauses(report);
  const byAddress = new Map(report.stages.map((status) => [status.stage.address, status]));
  const reasonsText = (address: StageAddress): string => {
    const status = byAddress.get(address);
    if (!status) return 'no longer declared: its outputs will be removed';
    return describeReasons(reasonsOf(status.decision)) || 'waits';
  };
  const grouped = (causes: Iterable<StageAddress>, depth: number): Cause[] =>
    [...Map.groupBy(causes, (address) => JSON.stringify([groupPart(address), reasonsText(address)]))].map(
      ([key, members]) => ({ key, members, depth }),
    );
  const listed = new Set<string>();
  const lines: CauseLine[] = [];
  const open = grouped(nearest.get(stage.address) ?? [], 1).reverse();
  for (let cause = open.pop(); cause; cause = open.pop()) {
    const { key, members, depth } = cause;
    if (listed.has(key)) continue;
    listed.add(key);
    const why = reasonsText(members[0]!);
    const margin = '  '.repeat(Math.min(depth, DEEPEST));
    lines.push({ text: `${margin}${paint('yellow', stagesText(members))}: ${why}`, waits: why === 'waits' });
    const further = new Set(members.flatMap((member) => nearest.get(member) ?? []));
    for (const next of grouped(further, depth + 1).reverse()) open.push(next);
  }
  return fewerLines(lines);
}

interface Cause {
  readonly key: string;
  readonly members: readonly StageAddress[];
  readonly depth: number;
}

function fewerLines(lines: readonly CauseLine[]): string[] {
  if (lines.length <= MOST) return lines.map(({ text }) => text);
  const telling = lines.filter(({ waits }, index) => index < NEAREST || !waits).slice(0, MOST);
  const hidden = lines.length - telling.length;
  const texts = telling.map(({ text }) => text);
  return [...texts.slice(0, NEAREST), `  … ${hidden} more`, ...texts.slice(NEAREST)];
}
