// What takes room; on the page of a server also what a remote lacks and what garbage collection would take, when somebody asks.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { bytesText } from '../../show/text/bytes-text.ts';
import type { DataSize, GarbageView, RemoteView } from '../contract.ts';
import { Loading, useFirst } from './parts.tsx';
import { addressOf, replaceParams, type Route } from './route.ts';
import { source, useStore } from './store.ts';
import { textOfError, useLoaded } from './use-loaded.ts';

/** Rows that are drawn before somebody asks for all. */
const FIRST = 100;

export function DataView({ route }: { route: Route }) {
  const { version } = useStore();
  const { found: sizes, problem } = useLoaded(() => source.sizes(), [version]);
  if (problem !== undefined) return <p class="page notice bad">{problem}</p>;
  if (!sizes) return <Loading />;
  return (
    <div class="page sections">
      <h2 class="hidden">Data</h2>
      <Sizes sizes={sizes} route={route} />
      {source.live && <Remotes />}
      {source.live && <Garbage />}
    </div>
  );
}

function Sizes({ sizes, route }: { sizes: readonly DataSize[]; route: Route }) {
  const { model } = useStore();
  const { q = '', by = 'stage' } = route.params;
  const rows = by === 'output' ? sizes.map(ofOutput) : byStage(sizes, (stage) => groupOf(stage));
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = rows.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
  const [count, more] = useFirst(shown.length, FIRST);
  const total = sizes.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  const most = Math.max(1, ...rows.slice(0, 1).map(({ bytes }) => bytes));
  return (
    <section aria-label="Sizes">
      <div class="row-of">
        <h3>
          {sizes.length} outputs, {bytesText(total)}
        </h3>
        <label>
          By{' '}
          <select value={by} onChange={(event) => replaceParams(route, { by: event.currentTarget.value })}>
            <option value="stage">stage or group</option>
            <option value="output">output</option>
          </select>
        </label>
        <input
          type="search"
          placeholder="Search"
          aria-label="Search data"
          value={q}
          onInput={(event) => replaceParams(route, { q: event.currentTarget.value })}
        />
      </div>
      {sizes.length === 0 ? (
        <p class="quiet">Nothing is recorded yet.</p>
      ) : (
        <Table heads={['What', 'Size', 'Files', 'Share']} label="Sizes of data">
          {shown.slice(0, count).map((row) => (
            <tr key={row.key}>
              <th scope="row" class="wrap">
                {row.stage === undefined ? (
                  row.name
                ) : (
                  <a href={addressOf('stage', {}, row.stage)}>{row.name}</a>
                )}
                {row.note && <div class="quiet">{row.note}</div>}
              </th>
              <td class="number">{row.isUnknown ? 'unknown' : bytesText(row.bytes)}</td>
              <td class="number">{row.files}</td>
              <td class="share">
                <span class="meter" style={{ width: `${(100 * row.bytes) / most}%` }} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      {more}
    </section>
  );

  function groupOf(stage: string): string {
    const { group, name } = model.view.stages[model.places.get(stage) ?? -1] ?? {};
    return group ?? name ?? stage;
  }
}

interface SizeRow {
  readonly key: string;
  readonly name: string;
  /** It has a page. */
  readonly stage: string | undefined;
  readonly bytes: number;
  readonly isUnknown: boolean;
  readonly files: number;
  readonly note: string;
}

const ofOutput = ({ path, stage, bytes, files, uncached }: DataSize): SizeRow => ({
  key: path,
  name: path,
  stage: stage || undefined,
  bytes: bytes ?? 0,
  isUnknown: bytes === null,
  files: files ?? 1,
  note: [stage, ...(uncached ? ['not cached'] : [])].filter(Boolean).join(', '),
});

function byStage(sizes: readonly DataSize[], groupOf: (stage: string) => string): SizeRow[] {
  const groups = Map.groupBy(sizes, ({ stage }) => groupOf(stage));
  return Array.from(groups, ([name, members]) => ({
    key: name,
    name: name || 'no stage',
    stage: members.every(({ stage }) => stage === name) ? name || undefined : undefined,
    bytes: members.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
    isUnknown: members.every(({ bytes }) => bytes === null),
    files: members.reduce((sum, { files }) => sum + (files ?? 1), 0),
    note: members.length > 1 ? `${members.length} outputs` : members[0]!.path,
  })).sort((a, b) => b.bytes - a.bytes);
}

const STATES = {
  new: 'only in the cache',
  deleted: 'only on the remote',
  missing: 'neither here nor there',
} as const;

function Remotes() {
  const { found, problem, isAsking, ask } = useAnswer<readonly RemoteView[]>();
  return (
    <section aria-label="Remote">
      <div class="row-of">
        <h3>What the remote lacks</h3>
        <button
          disabled={isAsking}
          onClick={() => ask(() => source.live!.remotes())}
          title="pipe status --cloud"
        >
          {isAsking ? 'Asking the remote' : 'Ask the remote'}
        </button>
      </div>
      {problem !== undefined && <Problem text={problem} />}
      {found?.length === 0 && <p class="quiet">No output belongs to a remote.</p>}
      {found?.map(({ remote, url, same, outputs }) => (
        <div key={remote}>
          <p>
            <strong>{remote}</strong> <span class="quiet wrap">{url}</span>: {same} outputs are in the cache
            and there.
          </p>
          {outputs.length > 0 && (
            <Table heads={['Output', 'Where', 'Objects', 'Size']} label={`What differs on ${remote}`}>
              {outputs.map(({ path, stage, state, objects, bytes }) => (
                <tr key={`${stage} ${path}`}>
                  <th scope="row" class="wrap">
                    <a href={addressOf('stage', {}, stage)}>{path}</a>
                  </th>
                  <td>{STATES[state]}</td>
                  <td class="number">{objects}</td>
                  <td class="number">{bytesText(bytes)}</td>
                </tr>
              ))}
            </Table>
          )}
        </div>
      ))}
    </section>
  );
}

function Garbage() {
  const { found, problem, isAsking, ask } = useAnswer<GarbageView>();
  const [onlyNeeded, setOnlyNeeded] = useState(false);
  return (
    <section aria-label="Garbage collection">
      <div class="row-of">
        <h3>What garbage collection would take</h3>
        <label>
          Keep{' '}
          <select
            value={onlyNeeded ? 'workspace' : ''}
            onChange={(event) => setOnlyNeeded(event.currentTarget.value !== '')}
          >
            <option value="">what was used in 30 days, up to 20 GB (pipe gc)</option>
            <option value="workspace">what the workspace needs (pipe gc -w)</option>
          </select>
        </label>
        <button disabled={isAsking} onClick={() => ask(() => source.live!.garbage(onlyNeeded))}>
          {isAsking ? 'Looking' : 'Look'}
        </button>
      </div>
      {problem !== undefined && <Problem text={problem} />}
      {found && (
        <>
          <p role="status">
            It would take {found.count} files, {bytesText(found.bytes)}, and keep {found.kept.objects}{' '}
            objects, {bytesText(found.kept.bytes)}
            {found.projects.length > 0 && `, with what is needed by ${found.projects.join(', ')}`}. Nothing is
            removed from here.
          </p>
          {found.items.length > 0 && (
            <Table heads={['File', 'Kind', 'Size']} label="What would be removed">
              {found.items.slice(0, FIRST).map(({ kind, path, bytes }) => (
                <tr key={path}>
                  <th scope="row" class="mono wrap">
                    {path}
                  </th>
                  <td>{kind}</td>
                  <td class="number">{bytesText(bytes)}</td>
                </tr>
              ))}
            </Table>
          )}
          {found.count > FIRST && (
            <p class="quiet">
              The {FIRST} largest of {found.count} are listed.
            </p>
          )}
        </>
      )}
    </section>
  );
}

/** Something that is asked for when a button is pressed. */
function useAnswer<T>() {
  const [state, setState] = useState<{ found?: T; problem?: string; isAsking: boolean }>({ isAsking: false });
  const ask = (question: () => Promise<T>): void => {
    setState((old) => ({ ...old, isAsking: true }));
    question().then(
      (found) => setState({ found, isAsking: false }),
      (error: unknown) => setState({ problem: textOfError(error), isAsking: false }),
    );
  };
  return { ...state, ask };
}

const Problem = ({ text }: { text: string }) => (
  <p class="notice bad" role="alert">
    {text}
  </p>
);

const Table = ({
  heads,
  label,
  children,
}: {
  heads: readonly string[];
  label: string;
  children: ComponentChildren;
}) => (
  <div class="card scroll" tabIndex={0} role="region" aria-label={label}>
    <table>
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col" class={['Size', 'Files', 'Objects'].includes(head) ? 'number' : ''}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </div>
);
