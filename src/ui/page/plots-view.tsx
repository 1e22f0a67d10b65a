// The declared plots, several revisions and experiments in one. What draws them is loaded when this is opened.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PlotsView as PlotsData } from '../contract.ts';
import { Choices, Loading } from './parts.tsx';
import { listIn, listText } from './list-param.ts';
import { replaceParams, type Route } from './route.ts';
import { source, useStore } from './store.ts';
import { textOfError, useLoaded } from './use-loaded.ts';

interface Drawing {
  readonly showPlots: (main: HTMLElement, plots: PlotsData['plots']) => () => void;
}

export function PlotsView({ route }: { route: Route }) {
  const { version, tables } = useStore();
  const { found: names, problem: unnamed } = useLoaded(() => source.revisions(), [version, tables]);
  const chosen = route.params['rev'] === undefined ? usual(names ?? []) : listIn(route.params['rev']);
  const key = chosen.join('\0');
  const { found: plots, problem: undrawn } = useLoaded(
    () => names && source.plots(chosen),
    [version, names, key],
  );
  const problem = undrawn ?? unnamed;
  const search = (route.params['q'] ?? '').toLowerCase();
  const shown = plots?.plots.filter(({ name }) => name.toLowerCase().includes(search));
  return (
    <div class="page sections">
      <h2 class="hidden">Plots</h2>
      <div class="row-of">
        {names && (
          <Choices
            title="Revisions"
            names={[...new Set([...names, ...chosen])]}
            chosen={chosen}
            choose={(list) => replaceParams(route, { rev: listText(list) ?? ' ' })}
          />
        )}
        {source.live && (
          <OtherRevision add={(name) => replaceParams(route, { rev: listText([...chosen, name]) })} />
        )}
        <input
          type="search"
          placeholder="Search"
          aria-label="Search plots"
          value={route.params['q'] ?? ''}
          onInput={(event) => replaceParams(route, { q: event.currentTarget.value })}
        />
        {shown && (
          <span class="quiet" role="status">
            {shown.length} {shown.length === 1 ? 'plot' : 'plots'} of {chosen.join(', ')}
          </span>
        )}
      </div>
      {problem !== undefined && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {shown ? <Figures plots={shown} /> : problem === undefined && <Loading />}
      {plots?.plots.length === 0 && (chosen.length > 0 || names?.length === 0) && (
        <p>
          There are no plots here. Stages and pipeline files declare them with <code>plots:</code>; an
          exported page can be without them.
        </p>
      )}
    </div>
  );
}

/** The workspace, in a file the others beside it: what can be asked for may be many. */
const usual = (names: readonly string[]): readonly string[] =>
  source.live ? names.filter((name) => name === 'workspace') : names;

function OtherRevision({ add }: { add: (name: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  return (
    <form
      class="row-of"
      onSubmit={(event) => {
        event.preventDefault();
        const name = field.current!.value.trim();
        if (name !== '') add(name);
        field.current!.value = '';
      }}
    >
      <input ref={field} type="search" placeholder="Another, such as HEAD~1" aria-label="Another revision" />
      <button>Add</button>
    </form>
  );
}

function Figures({ plots }: { plots: PlotsData['plots'] }) {
  const place = useRef<HTMLDivElement>(null);
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(true);
  useEffect(() => {
    let isOver = false;
    let remove: (() => void) | undefined;
    if (plots.length === 0) return setBusy(false);
    loadDrawing().then(
      ({ showPlots }) => {
        if (isOver) return;
        remove = showPlots(place.current!, plots);
        setBusy(false);
      },
      (error: unknown) => !isOver && setProblem(textOfError(error)),
    );
    return () => {
      isOver = true;
      remove?.();
    };
  }, [plots.map(({ name }) => name).join('\0'), plots]);
  return (
    <>
      {problem !== undefined && <p class="notice bad">{problem}</p>}
      <div class="plots" ref={place} aria-busy={isBusy && problem === undefined} />
    </>
  );
}

let drawing: Promise<Drawing> | undefined;

/** The policy of the page knows the script by its digest. */
function loadDrawing(): Promise<Drawing> {
  drawing ??= source.drawing().then((text) => {
    const script = document.createElement('script');
    script.textContent = text;
    document.head.append(script);
    const { pipePlots } = globalThis as unknown as { pipePlots?: Drawing };
    if (!pipePlots) throw new Error('What draws plots could not be loaded.');
    return pipePlots;
  });
  return drawing;
}
