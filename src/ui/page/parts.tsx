// Small parts that several views share.
import { useEffect, useState } from 'preact/hooks';
import { countBy, STATES, type ShownState } from './model.ts';
import { durationText } from '../../show/text/duration-text.ts';
import { shortNumber } from '../../show/text/number-text.ts';
import { timeText } from '../../show/text/time-text.ts';

export const Sign = ({ state }: { state: ShownState }) => (
  <svg class="sign" viewBox="0 0 12 12" aria-hidden="true">
    <path d={STATES[state].sign} />
  </svg>
);

export const StateText = ({ state, pill }: { state: ShownState; pill?: boolean }) => (
  <span class={`state is-${state}${pill ? ' pill' : ''}`}>
    <Sign state={state} />
    {STATES[state].word}
  </span>
);

/** The states of many stages as one strip, worst first. Its words are beside it, or in its label. */
export function Strip({ states }: { states: readonly ShownState[] }) {
  const counts = countBy(states);
  return (
    <span class="strip" role="img" aria-label={countsText(counts)}>
      {counts.map(([state, count]) => (
        <i key={state} class={`is-${state}`} style={{ flexGrow: count }} />
      ))}
    </span>
  );
}

export const countsText = (counts: readonly (readonly [ShownState, number])[]): string =>
  counts.map(([state, count]) => `${count} ${STATES[state].word}`).join(', ');

export const Time = ({ at }: { at: number }) => (
  <time dateTime={new Date(at).toISOString()}>{timeText(new Date(at))}</time>
);

export const duration = (seconds: number): string => durationText(Math.max(0, seconds));

export const shortDigest = (digest: string): string => digest.slice(0, 10);

/** A value of a parameter or metric. */
export function valueText(value: unknown): string {
  if (typeof value === 'number') return shortNumber(value, 6);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Of a long list its beginning is drawn, until somebody asks for all of it. */
export function useFirst(total: number, first: number) {
  const [all, setAll] = useState(false);
  const more = total > first && !all && (
    <button class="more" onClick={() => setAll(true)}>
      Show all {total}
    </button>
  );
  return [all ? total : first, more] as const;
}

export const Loading = () => (
  <p class="page quiet" aria-busy="true">
    Loading
  </p>
);

interface ChoicesProps {
  readonly title: string;
  readonly names: readonly string[];
  readonly chosen: readonly string[];
  /** @param names in the order of all. */
  readonly choose: (names: readonly string[]) => void;
}

/** Names to choose several of, behind a button. */
export const Choices = ({ title, names, chosen, choose }: ChoicesProps) => (
  <details
    class="choices"
    onFocusOut={({ currentTarget, relatedTarget }) => {
      if (!currentTarget.contains(relatedTarget as Node | null)) currentTarget.open = false;
    }}
    onKeyDown={({ currentTarget, key }) => {
      if (key !== 'Escape') return;
      currentTarget.open = false;
      currentTarget.querySelector('summary')!.focus();
    }}
  >
    <summary class="button">
      {title} {chosen.length > 0 && `${chosen.length} of ${names.length}`}
    </summary>
    <fieldset class="card" tabIndex={-1}>
      <legend class="hidden">{title}</legend>
      {names.map((name) => (
        <label key={name}>
          <input
            type="checkbox"
            checked={chosen.includes(name)}
            onChange={({ currentTarget: { checked } }) =>
              choose(names.filter((one) => (one === name ? checked : chosen.includes(one))))
            }
          />{' '}
          {name}
        </label>
      ))}
    </fieldset>
  </details>
);

/** Once a second while something moves. */
export function useClock(runs: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!runs) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [runs]);
  return now;
}
