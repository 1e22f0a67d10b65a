// Which version of a registered model has its alias: that with the lowest value of the criterion. Values are compared only where the
// versions say that they measured the same. Pure.
import type { RecordedModel } from './record.ts';
import type { KeyValue, ModelVersion } from './types.ts';

/** Tags of a version. */
const METRIC = 'pipe.criterion';
const VALUE = 'pipe.criterion_value';
const MEASURED_ON = 'pipe.measured_on';

export type Judgement =
  /** The version gets the alias. */
  | { readonly kind: 'best' }
  /** Another version keeps it. */
  | { readonly kind: 'outdone'; readonly why: string }
  /** Nothing says which one is better. */
  | { readonly kind: 'refused'; readonly why: string };

export function criterionTags({ criterion }: RecordedModel): KeyValue[] {
  if (criterion === undefined) return [];
  return [
    { key: METRIC, value: criterion.metric },
    { key: VALUE, value: String(criterion.value) },
    { key: MEASURED_ON, value: criterion.measuredOn },
  ];
}

/**
 * @param holder the version that has the alias now
 * @param own the version that the model has already
 */
export function judge(
  { name, alias, criterion }: RecordedModel,
  holder: ModelVersion | undefined,
  own: string | undefined,
): Judgement {
  if (criterion === undefined || holder === undefined || holder.version === own) return { kind: 'best' };
  const tagOf = (key: string): string | undefined => holder.tags?.find((tag) => tag.key === key)?.value;
  const [metric, text, measuredOn] = [tagOf(METRIC), tagOf(VALUE), tagOf(MEASURED_ON)];
  const value = Number(text ?? Number.NaN);
  const other = `version ${holder.version} (alias ${alias})`;
  const what = `${criterion.metric} ${criterion.value} on ${criterion.measuredOn}`;
  const hint = `Register it under another name, or remove the alias ${alias} from ${name} first.`;
  if (metric === undefined || measuredOn === undefined || !Number.isFinite(value))
    return {
      kind: 'refused',
      why: `${name} is not registered: ${other} does not say by what it was chosen, and cannot be compared with ${what}. ${hint}`,
    };
  if (metric !== criterion.metric || measuredOn !== criterion.measuredOn)
    return {
      kind: 'refused',
      why: `${name} is not registered: ${other} has ${metric} ${text} on ${measuredOn}; this one ${what}. They cannot be compared. ${hint}`,
    };
  if (criterion.value < value) return { kind: 'best' };
  return {
    kind: 'outdone',
    why: `${name}: ${other} stays the best with ${metric} ${text}; this one has ${criterion.value}`,
  };
}
