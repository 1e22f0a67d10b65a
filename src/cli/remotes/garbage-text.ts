// What `pipe gc --cloud` prints of the remote: sentences for people, data for programs.
import type { RemoteGarbage, RemoteGarbageItem } from '../../cache/remote/choose-garbage.ts';
import type { OpenRemote } from '../../cache/remote/open-remote.ts';
import type { OtherPush } from '../../run/remote/push-marker.ts';
import { bytesText } from '../../show/text/bytes-text.ts';
import { countText } from '../../show/text/count-text.ts';
import { durationText } from '../../show/text/duration-text.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import type { OutputFlags } from '../printer.ts';

/** Lines of the list that are printed without `--verbose`. */
const SHORT_LIST = 20;

const bytesOf = (items: readonly { readonly size: number }[]): number =>
  items.reduce((sum, { size }) => sum + size, 0);

export function remoteGarbageJson(
  { name, url }: OpenRemote,
  { kept, young }: RemoteGarbage,
  removed: readonly RemoteGarbageItem[],
  others: readonly OtherPush[],
): object {
  return {
    remote: name,
    url,
    bytes: bytesOf(removed),
    removed: removed.map(({ kind, key, size }) => ({ kind, key, bytes: size })),
    kept,
    young,
    others: others.map(({ by, folder, age }) => ({
      by,
      ...(folder !== undefined && { folder }),
      seconds: Math.round(Math.max(0, age) / 1000),
    })),
  };
}

export function remoteGarbageLines(
  { name, url }: OpenRemote,
  { items, kept, young }: RemoteGarbage,
  others: readonly OtherPush[],
  { verbose }: OutputFlags,
): readonly string[] {
  const listed = verbose ? items : items.slice(0, SHORT_LIST);
  const more = items.length - listed.length;
  const records = items.filter(({ kind }) => kind === 'record').length;
  return [
    `'${spelledOut(name)}' (${spelledOut(url)}):`,
    ...listed.map(
      ({ kind, key, size, time }) =>
        `${kind.padEnd(8)}  ${bytesText(size).padStart(10)}  ${dayText(time)}  ${spelledOut(key)}`,
    ),
    ...(more > 0 ? [`… and ${more} more (-v lists them all)`] : []),
    `Would remove ${countText(items.length - records, 'object')} and ${countText(records, 'record')} of earlier runs from the remote: ${bytesText(bytesOf(items))}.`,
    `Kept there ${countText(kept.objects, 'object')}: ${bytesText(kept.bytes)}${young > 0 ? `; ${young} of them only because they are new (--grace)` : ''}.`,
    ...(items.length > 0
      ? [
          ...others.map(otherLine),
          'Everything that other projects, clones or unpushed commits alone need there goes too; --projects keeps what projects on this machine need.',
        ]
      : []),
  ];
}

function otherLine({ by, folder, age }: OtherPush): string {
  const from = folder === undefined ? '' : ` from ${spelledOut(folder)}`;
  return `Pushed there by ${spelledOut(by)}${from}, ${durationText(Math.max(0, age) / 1000)} ago.`;
}

const dayText = (time: number): string => new Date(time).toISOString().slice(0, 10);
