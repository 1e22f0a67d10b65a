// Why a stage is stale: what changed, old and new, the root causes first.
import { wordParts } from '../../show/status/word-diff.ts';
import type { ReasonView, StageView } from '../contract.ts';
import { rootCauses, type Model } from './model.ts';
import { StateText, shortDigest, valueText } from './parts.tsx';
import { addressOf } from './route.ts';

/** Files of a folder that are listed. */
const FILES = 20;

export function Why({ model, stage }: { model: Model; stage: StageView }) {
  const neverRuns = stage.decision === 'frozen' && stage.kind === 'stage' && 'It is frozen, and never runs.';
  if (neverRuns && stage.state === 'fresh') return <p class="quiet">{neverRuns}</p>;
  if (stage.state === 'fresh') return <p class="quiet">Nothing: its inputs and outputs are as recorded.</p>;
  const roots = rootCauses(model, stage).slice(0, 12);
  return (
    <ul class="why">
      {roots.map((root) => (
        <li key={root.name} class="is-blocked">
          <span>
            <a href={addressOf('stage', {}, root.name)}>{root.name}</a> <StateText state={root.state} />
          </span>
          {root.reasons.length > 0 && <Reasons reasons={root.reasons} />}
        </li>
      ))}
      {stage.reasons.map((reason) => (
        <li key={reason.text} class="is-stale">
          <Reason reason={reason} />
        </li>
      ))}
      {neverRuns && <li class="is-frozen">{neverRuns}</li>}
      {stage.reasons.length === 0 && roots.length === 0 && (
        <li class="is-stale">It waits for stages that are no longer declared.</li>
      )}
    </ul>
  );
}

const Reasons = ({ reasons }: { reasons: readonly ReasonView[] }) => (
  <>
    {reasons.map((reason) => (
      <Reason key={reason.text} reason={reason} />
    ))}
  </>
);

function Reason({ reason }: { reason: ReasonView }) {
  const { kind, key = [], old, new: now, files = [] } = reason;
  if (kind === 'cmd' && isCommand(old) && isCommand(now))
    return (
      <span>
        Command:{' '}
        <code>
          {wordParts(lines(old), lines(now)).map((part, index) => (
            <>
              {index > 0 && ' '}
              {part.kind === 'same' ? (
                part.text
              ) : part.kind === 'old' ? (
                <del>{part.text}</del>
              ) : (
                <ins>{part.text}</ins>
              )}
            </>
          ))}
        </code>
      </span>
    );
  if (kind === 'param' && reason.status === 'modified')
    return (
      <span>
        Parameter <code>{key.at(-1)}</code> of {key[0]}: <span class="old">{valueText(old)}</span> →{' '}
        <span class="new">{valueText(now)}</span>
      </span>
    );
  return (
    <span>
      {reason.text}
      {kind === 'dep' && typeof old === 'string' && typeof now === 'string' && (
        <span class="quiet mono">
          {' '}
          {shortDigest(old)} → {shortDigest(now)}
        </span>
      )}
      {files.length > 0 && (
        <ul class="files">
          {files.slice(0, FILES).map(({ path, status }) => (
            <div key={path}>
              {status} {path}
            </div>
          ))}
          {files.length > FILES && <div>and {files.length - FILES} more</div>}
        </ul>
      )}
    </span>
  );
}

const isCommand = (value: unknown): value is string | readonly string[] =>
  typeof value === 'string' || Array.isArray(value);
const lines = (value: string | readonly string[]): string =>
  typeof value === 'string' ? value : value.join('\n');
