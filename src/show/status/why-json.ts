// `pipe why --json`: what decides about one stage as plain data, field by field in the order of its fingerprint.
import { toJson, type Json } from '../../base/spelling.ts';
import { statusJson } from './status-json.ts';
import type { WhyStory } from './why-text.ts';

/** Data for `JSON.stringify`. */
export function whyJson({ stage, current, changes, makers, report, last }: WhyStory): Json {
  const status = statusJson(report) as { readonly stages: readonly { readonly name: string }[] };
  const identity = (kind: string, key: readonly string[]): string => JSON.stringify([kind, ...key]);
  const changed = new Set(changes?.map(({ kind, key }) => identity(kind, key)));
  const own = status.stages.find(({ name }) => name === stage.address)!;
  return {
    ...own,
    recorded: changes !== undefined,
    fields: current.map(({ kind, key, value }) => ({
      kind,
      key,
      ...(value !== undefined && { value: toJson(value) }),
      changed: changed.has(identity(kind, key)),
      ...(kind === 'dep' && { made_by: (makers.get(key[0]!) ?? []).map(({ address }) => address) }),
    })),
    upstream: status.stages.filter((one) => one !== own) as Json,
    ...(last && {
      last: { what: last.what, time: last.time, seconds: last.seconds, why: last.why, run: last.run },
    }),
  };
}
