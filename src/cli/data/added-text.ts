// What `pipe add` prints of data that it recorded.
import type { RecordedData } from '../../run/data/record-data.ts';
import { bytesText } from '../../show/text/bytes-text.ts';
import { countText } from '../../show/text/count-text.ts';
import { spelledOut } from '../../show/text/spell-out.ts';

const what = ({ before, content }: RecordedData): 'added' | 'updated' | 'unchanged' =>
  before === undefined ? 'added' : before.digest === content.digest ? 'unchanged' : 'updated';

export function recordedJson(item: RecordedData): object {
  const { digest, size, nfiles } = item.content;
  return {
    path: item.at,
    ...(item.part !== undefined && { part: item.part }),
    stage: item.stage.address,
    file: item.stage.place.file,
    what: what(item),
    digest,
    ...(!item.unsized && { bytes: size }),
    ...(nfiles !== undefined && { files: nfiles }),
  };
}

const WORDS = { added: 'Added', updated: 'Updated', unchanged: 'Unchanged:' } as const;

export function recordedText(item: RecordedData): string {
  const { size, nfiles } = item.content;
  const amounts = [
    ...(nfiles === undefined ? [] : [countText(nfiles, 'file')]),
    ...(item.unsized ? [] : [bytesText(size)]),
  ];
  const part = item.part === undefined ? '' : ` by ${spelledOut(item.part)}`;
  return `${WORDS[what(item)]} ${spelledOut(item.at)}${part} (${amounts.join(', ')})`;
}
