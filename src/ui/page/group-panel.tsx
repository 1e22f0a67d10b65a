// A group that was chosen in the drawing: how its members are, and why those that are stale are.
import type { ReasonView } from '../contract.ts';
import { countBy, shownState, STATES, tookSeconds, type ShownState } from './model.ts';
import { duration, Sign, StateText, Strip } from './parts.tsx';
import { addressOf, type Route } from './route.ts';
import { useStore } from './store.ts';

/** Members that are listed. */
const LISTED = 200;

export function GroupPanel({
  group,
  members,
  route,
}: {
  group: string;
  members: readonly number[];
  route: Route;
}) {
  const { model, run, running } = useStore();
  const stages = members.map((member) => model.view.stages[member]!);
  const states = stages.map((stage) => shownState(stage, run, running));
  const order = stages
    .map((stage, index) => [stage, states[index]!] as const)
    .sort((a, b) => RANK[a[1]] - RANK[b[1]]);
  const likes = commonReasons(stages.flatMap(({ reasons }) => reasons));
  const times = stages.flatMap((stage) => tookSeconds(stage) ?? []);
  return (
    <article class="stage" aria-label={`Group ${group}`}>
      <header>
        <h2>
          {group} <span class="quiet">×{members.length}</span>
        </h2>
        <p class="facts">
          {countBy(states).map(([state, count]) => (
            <span key={state} class={`state is-${state}`}>
              <Sign state={state} /> {count} {STATES[state].word}
            </span>
          ))}
        </p>
        <Strip states={states} />
        {times.length > 0 && (
          <p class="quiet">
            A member took {duration(median(times))} in the middle,{' '}
            {duration(times.reduce((sum, one) => sum + one, 0))} all together.
          </p>
        )}
        <p>
          <a class="button" href={addressOf('graph', { ...route.params, open: group, at: undefined })}>
            Open as a grid
          </a>
        </p>
      </header>
      {likes.length > 0 && (
        <section>
          <h3>Why members are stale</h3>
          <ul class="why">
            {likes.map(([text, count]) => (
              <li key={text} class="is-stale">
                <span>
                  {text} <span class="quiet">({count})</span>
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h3>Members</h3>
        <ul>
          {order.slice(0, LISTED).map(([{ name }, state]) => (
            <li key={name}>
              <StateText state={state} />{' '}
              <a href={addressOf('graph', { ...route.params, at: name })}>{name}</a>
            </li>
          ))}
          {order.length > LISTED && <li class="quiet">and {order.length - LISTED} more: open the grid</li>}
        </ul>
      </section>
    </article>
  );
}

const RANK = Object.fromEntries(Object.keys(STATES).map((state, index) => [state, index])) as Record<
  ShownState,
  number
>;

function commonReasons(reasons: readonly ReasonView[]): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { text } of reasons) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, 8);
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
