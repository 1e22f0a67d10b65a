// The stages and groups as a list beside the drawing: the same selection, as text.
import { countBy, shownState, STATES, type Model, type Picture, type ShownState } from './model.ts';
import { Sign, Strip, useFirst } from './parts.tsx';
import { addressOf, replaceParams, type Route } from './route.ts';
import { useStore } from './store.ts';

/** Entries that are drawn before somebody asks for all; a search looks at all. */
const FIRST = 150;

interface ListProps {
  readonly picture: Picture;
  readonly route: Route;
}

export function StageList({ picture, route }: ListProps) {
  const { model, run, running } = useStore();
  const { q = '', state, at } = route.params;
  const states = model.view.stages.map((stage) => shownState(stage, run, running));
  const matching = matchingStages(model, states, q, state);
  const [count, more] = useFirst(picture.boxes.length, FIRST);
  const { at: _, ...others } = route.params;
  const base = addressOf('graph', others);
  const link = (id: string): string => `${base}${base.includes('?') ? '&' : '?'}at=${encodeURIComponent(id)}`;
  return (
    <nav class="side" aria-label="Stages">
      <div class="side-head">
        <input
          type="search"
          placeholder="Search stages  ( / )"
          aria-label="Search stages"
          value={q}
          onInput={(event) => replaceParams(route, { q: event.currentTarget.value })}
        />
        <div class="filters" role="group" aria-label="States">
          {countBy(states).map(([one, number]) => (
            <button
              key={one}
              class={`is-${one}`}
              aria-pressed={state === one}
              onClick={() => replaceParams(route, { state: state === one ? undefined : one })}
            >
              <span class={`state is-${one}`}>
                <Sign state={one} />
              </span>
              {number} {STATES[one].word}
            </button>
          ))}
        </div>
      </div>
      <ul class="list">
        {picture.boxes.slice(0, matching === undefined ? count : undefined).map(({ id, members }) => {
          const shown = matching === undefined ? members : members.filter((member) => matching.has(member));
          if (shown.length === 0) return null;
          const own = shown.map((member) => states[member]!);
          // Members that were searched for are listed by name.
          const named = members.length > 1 && matching !== undefined && shown.length <= 60 && q !== '';
          return (
            <>
              <Entry
                key={id}
                id={id}
                states={own}
                total={members.length}
                href={link(id)}
                isCurrent={id === at}
              />
              {named &&
                shown.map((member) => {
                  const { name } = model.view.stages[member]!;
                  return (
                    <li key={name} class="of-group">
                      <a href={link(name)} {...current(name === at)}>
                        <span class={`state is-${states[member]}`}>
                          <Sign state={states[member]!} />
                        </span>
                        <span class="name">{name}</span>
                      </a>
                    </li>
                  );
                })}
            </>
          );
        })}
        {matching === undefined && more && <li>{more}</li>}
      </ul>
    </nav>
  );
}

const current = (isCurrent: boolean) => (isCurrent ? { 'aria-current': 'true' as const } : {});

interface EntryProps {
  readonly id: string;
  readonly states: readonly ShownState[];
  readonly total: number;
  readonly href: string;
  readonly isCurrent: boolean;
}

function Entry({ id, states, total, href, isCurrent }: EntryProps) {
  const counts = countBy(states);
  const [worst] = counts[0]!;
  return (
    <li>
      <a href={href} title={id} {...current(isCurrent)}>
        <span class={`state is-${worst}`}>
          <Sign state={worst} />
          <span class="hidden">{STATES[worst].word}</span>
        </span>
        <span class="name">{id}</span>
        {total > 1 && (
          <span class="count">
            {states.length < total && `${states.length} of `}
            {total}
          </span>
        )}
        {counts.length > 1 && <Strip states={states} />}
      </a>
    </li>
  );
}

/** Undefined where everything matches. */
export function matchingStages(
  { view: { stages } }: Model,
  states: readonly ShownState[],
  search: string,
  state: string | undefined,
): ReadonlySet<number> | undefined {
  if (search === '' && state === undefined) return undefined;
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return new Set(
    stages.flatMap(({ name, desc }, index) => {
      const text = `${name} ${desc ?? ''}`.toLowerCase();
      const matches =
        words.every((word) => text.includes(word)) && (state === undefined || states[index] === state);
      return matches ? [index] : [];
    }),
  );
}
