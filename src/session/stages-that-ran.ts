// Which stages ran here, or run now: a stage that printed nothing has no log that shows it.
import { join } from 'node:path';
import { recallHistory } from '../run/history.ts';
import { readRecord } from './run-record.ts';

/** @param state absolute folder. @returns their addresses. */
export function stagesThatRan(state: string): ReadonlySet<string> {
  const ended = recallHistory(join(state, 'history.jsonl')).filter(({ what }) => what !== 'restored');
  const started = readRecord(state).flatMap((event) => (event.type === 'start' ? [event.stage] : []));
  return new Set([...ended.map(({ stage }) => stage), ...started]);
}
