// A log as plain text: it can be selected, copied and searched. Long ones are cut into pieces that the browser lays out when they
// come into sight.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { LogView } from '../contract.ts';
import { bytesText } from '../../show/text/bytes-text.ts';
import { source, useStore } from './store.ts';

/** Lines of one piece. */
const PIECE = 200;
/** Milliseconds between questions for more, while the stage runs. */
const EVERY = 700;

export function Log({ stage, log: first }: { stage: string; log: LogView | null }) {
  const { run, running } = useStore();
  const isRunning = running && run.states.get(stage) === 'running';
  const [log, setLog] = useState(first);
  const [follows, setFollows] = useState(true);
  const [search, setSearch] = useState('');
  const [at, setAt] = useState(0);
  const box = useRef<HTMLPreElement>(null);
  const { live } = source;

  useEffect(() => {
    setLog(first);
  }, [first]);
  useEffect(() => {
    if (!live || !isRunning) return;
    const over = new AbortController();
    let known = log;
    const ask = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const part = await live.log(stage, known?.next ?? 0).catch(() => null);
        if (over.signal.aborted) return;
        if (part && known && part.name !== known.name) {
          // Of another attempt: from its beginning.
          known = null;
          continue;
        }
        if (part && part.next > (known?.next ?? -1)) setLog((known = joined(known, part)));
        await new Promise((resolve) => setTimeout(resolve, EVERY));
      }
    };
    void ask();
    return () => over.abort();
  }, [stage, isRunning]);

  const text = log?.text ?? '';
  const hits = useMemo(() => hitsIn(text, search), [text, search]);
  const chosen = hits.length === 0 ? 0 : ((at % hits.length) + hits.length) % hits.length;
  useEffect(() => {
    if (follows && search === '' && isRunning && box.current)
      box.current.scrollTop = box.current.scrollHeight;
  });
  useEffect(() => {
    if (search !== '') box.current?.querySelector('mark.at')?.scrollIntoView({ block: 'center' });
  }, [search, chosen]);

  return (
    <section aria-label="Log">
      <div class="log-tools">
        <h3>Log</h3>
        {log && (
          <>
            <input
              type="search"
              placeholder="Search the log"
              aria-label="Search the log"
              value={search}
              onInput={(event) => {
                setSearch(event.currentTarget.value);
                setAt(0);
              }}
              onKeyDown={(event) => {
                if (event.key === 'Enter') setAt(at + (event.shiftKey ? -1 : 1));
              }}
            />
            {search !== '' && (
              <span class="quiet" role="status">
                {hits.length === 0 ? 'not found' : `${chosen + 1} of ${hits.length}`}
              </span>
            )}
            {isRunning && (
              <button aria-pressed={follows} onClick={() => setFollows(!follows)}>
                Follow
              </button>
            )}
          </>
        )}
      </div>
      {log ? (
        <>
          {log.from > 0 && (
            <p class="quiet">
              The last {bytesText(log.next - log.from)} of {bytesText(log.size)}.
            </p>
          )}
          <pre class="log" ref={box} tabIndex={0} aria-label={`Log of ${stage}`}>
            {text === '' ? (
              <span class="quiet">Nothing was printed.</span>
            ) : (
              <Pieces text={text} search={search} at={hits[chosen]} />
            )}
          </pre>
        </>
      ) : (
        <p class="quiet">No log: it has not run here, or logs were left out.</p>
      )}
    </section>
  );
}

function Pieces({ text, search, at }: { text: string; search: string; at: number | undefined }) {
  const pieces = useMemo(() => piecesOf(text), [text]);
  return (
    <>
      {pieces.map(({ from, lines }) => (
        <Piece key={from} from={from} text={lines} search={search} at={at} />
      ))}
    </>
  );
}

function Piece({
  from,
  text,
  search,
  at,
}: {
  from: number;
  text: string;
  search: string;
  at: number | undefined;
}) {
  const isHere = at !== undefined && at >= from && at < from + text.length;
  return useMemo(() => {
    const height = `auto ${text.split('\n').length * 1.5}em`;
    return (
      <div style={{ contentVisibility: 'auto', containIntrinsicSize: height }}>
        {marked(text, search, isHere ? at - from : -1)}
      </div>
    );
  }, [text, search, isHere ? at : -1]);
}

/** @param part of the same log. What it has of a line that was not whole replaces that. */
function joined(known: LogView | null, part: LogView): LogView {
  if (!known) return part;
  const whole = part.from < known.next ? known.text.slice(0, known.text.lastIndexOf('\n') + 1) : known.text;
  return { ...part, from: known.from, text: whole + part.text };
}

function piecesOf(text: string): { from: number; lines: string }[] {
  const pieces: { from: number; lines: string }[] = [];
  let from = 0;
  while (from < text.length) {
    let to = from;
    for (let line = 0; line < PIECE && to < text.length; line += 1) {
      const end = text.indexOf('\n', to);
      to = end < 0 ? text.length : end + 1;
    }
    pieces.push({ from, lines: text.slice(from, to) });
    from = to;
  }
  return pieces;
}

/** Beyond so many, they are not read one by one. */
const MOST_HITS = 2000;

function hitsIn(text: string, search: string): number[] {
  const hits: number[] = [];
  const [whole, wanted] = [text.toLowerCase(), search.toLowerCase()];
  if (wanted === '') return hits;
  for (
    let at = whole.indexOf(wanted);
    at >= 0 && hits.length < MOST_HITS;
    at = whole.indexOf(wanted, at + wanted.length)
  )
    hits.push(at);
  return hits;
}

function marked(text: string, search: string, at: number) {
  if (search === '') return text;
  const hits = hitsIn(text, search);
  if (hits.length === 0) return text;
  let last = 0;
  return (
    <>
      {hits.map((hit) => {
        const before = text.slice(last, hit);
        last = hit + search.length;
        return (
          <>
            {before}
            <mark class={hit === at ? 'at' : ''}>{text.slice(hit, last)}</mark>
          </>
        );
      })}
      {text.slice(last)}
    </>
  );
}
