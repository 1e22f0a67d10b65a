// Merges the `dvc.lock` of two branches, stage by stage, as texts: comments and keys that only DVC reads stay.
import { PipeError } from '../base/problem.ts';
import { parseDvcLock } from './lock-format.ts';
import { joinDvcLock, splitDvcLock, type DvcLockParts } from './lock-parts.ts';
import { mergeEntries, type MergedText } from '../lock/merge-entries.ts';

/**
 * @param base what both come from, an empty text where there is no such file; @param file its name in messages.
 * @throws PipeError for a side that cannot be read, or where both changed what follows the stages.
 */
export function mergeDvcLocks(base: string, ours: string, theirs: string, file: string): MergedText {
  const [before, our, their] = [base, ours, theirs].map((text) => partsOf(text, file));
  const same = (a: string | undefined, b: string | undefined): boolean => a === b;
  const { entries, both } = mergeEntries(before!.stages!, our!.stages!, their!.stages!, same);
  const around = {
    head: pickText(before!.head, our!.head, their!.head, file),
    tail: pickText(before!.tail, our!.tail, their!.tail, file),
  };
  return { text: joinDvcLock({ ...around, stages: entries }, [...entries.values()]), both };
}

function partsOf(text: string, file: string): DvcLockParts {
  const { entries } = parseDvcLock(text, file);
  const parts = splitDvcLock(text, [...entries.keys()]);
  if (parts.stages) return parts;
  throw byHand(file, 'it is not laid out as DVC writes it');
}

function pickText(before: string, our: string, their: string, file: string): string {
  if (our === their || their === before) return our;
  if (our === before) return their;
  throw byHand(file, 'both branches changed its text outside of the stages');
}

const byHand = (file: string, why: string): PipeError =>
  new PipeError({
    code: 'lock-conflict',
    title: `${file} cannot be merged: ${why}`,
    hint: 'take either side (`git checkout --ours` or `--theirs`): stages that differ are restored or run again',
    place: { file },
  });
