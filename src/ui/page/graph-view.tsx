// The graph: a list of stages, the drawing, and a panel with the chosen stage.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { Drawing } from './drawing.tsx';
import { GroupPanel } from './group-panel.tsx';
import { Matrix } from './matrix.tsx';
import { boxOf, pictureOf, shownState } from './model.ts';
import { addressOf, type Route } from './route.ts';
import { matchingStages, StageList } from './stage-list.tsx';
import { StageView } from './stage-view.tsx';
import { useStore } from './store.ts';

export function GraphView({ route }: { route: Route }) {
  const { model, run, running } = useStore();
  const { at, q = '', state, open, all } = route.params;
  const [focuses, setFocuses] = useState(false);
  const picture = useMemo(() => pictureOf(model, all !== undefined), [model, all]);
  const states = model.view.stages.map((stage) => shownState(stage, run, running));
  const bright = matchingStages(model, states, q, state);
  const place = at === undefined ? undefined : model.places.get(at);
  const box = picture.boxes[boxOf(model, picture, at)]?.id;
  const members = open === undefined ? undefined : model.groups.get(open);
  const group = at === undefined ? undefined : model.groups.get(at);

  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (!isShortcut(event)) return;
      if (event.key === 'f') setFocuses((on) => !on);
      else if (event.key === 'Escape') location.hash = addressOf('graph', { ...route.params, at: undefined });
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [route]);

  const choose = (id: string): void => {
    location.hash = addressOf('graph', { ...route.params, at: id });
  };
  const openBox = (id: string): void => {
    location.hash = model.groups.has(id)
      ? addressOf('graph', { ...route.params, at: undefined, open: id })
      : addressOf('stage', {}, id);
  };
  return (
    <div class={`graph${place !== undefined || group ? ' with-panel' : ''}`}>
      <StageList picture={picture} route={route} />
      <div class="board">
        {members ? (
          <Matrix group={open!} members={members} route={route} />
        ) : (
          <>
            <Drawing
              picture={picture}
              selected={box}
              bright={bright}
              focuses={focuses}
              choose={choose}
              open={openBox}
            />
            <div class="crumb">
              {model.groups.size > 0 && (
                <a
                  class="button"
                  href={addressOf('graph', { ...route.params, all: all === undefined ? '1' : undefined })}
                >
                  {all === undefined ? 'Show every stage' : 'Fold groups'}
                </a>
              )}
              {box !== undefined && (
                <button
                  aria-pressed={focuses}
                  onClick={() => setFocuses(!focuses)}
                  title="What leads to and from it (f)"
                >
                  Focus
                </button>
              )}
            </div>
          </>
        )}
      </div>
      {(place !== undefined || group) && (
        <aside class="panel" aria-label="Selected">
          <div class="close">
            {place === undefined ? (
              <span class="quiet">Group</span>
            ) : (
              <a href={addressOf('stage', {}, at)}>Open as a page</a>
            )}
            <a href={addressOf('graph', { ...route.params, at: undefined })} aria-label="Close the panel">
              Close
            </a>
          </div>
          {place !== undefined ? (
            <StageView name={at!} compact />
          ) : (
            <GroupPanel group={at!} members={group!} route={route} />
          )}
        </aside>
      )}
    </div>
  );
}

/** Whether a key is one of the page's: alone, and not typed into a field. */
export const isShortcut = ({ target, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean =>
  !(ctrlKey || metaKey || altKey) &&
  !(target instanceof HTMLInputElement) &&
  !(target instanceof HTMLSelectElement) &&
  !(target instanceof HTMLTextAreaElement);
