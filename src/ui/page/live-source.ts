// The page of a server: the token from its address, its data by requests, its news by one stream for all tabs.
import type {
  LiveMessage,
  LogView,
  PastStage,
  StageDetail,
  TableView,
  DataSize,
  GarbageView,
  RemoteView,
  PlotsView,
} from '../contract.ts';
import type { Source } from './source.ts';

const KEY = 'pipe-token';
/** Milliseconds between tries to reach a server that is gone. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 5000;

/** A fragment is not sent to servers. The storage belongs to this port, which a cookie would not. @returns whether there was one. */
export function takeToken(): boolean {
  const token = /[#&]token=([\w-]+)/.exec(location.hash)?.[1];
  if (token === undefined) return false;
  localStorage.setItem(KEY, token);
  history.replaceState(null, '', `${location.pathname}#/graph`);
  return true;
}

const headers = (): Record<string, string> => ({
  Authorization: `Bearer ${localStorage.getItem(KEY) ?? ''}`,
});

async function ask<T>(
  path: string,
  query: Record<string, string> | [string, string][] = {},
  body?: unknown,
): Promise<T> {
  const response = await fetch(`/api/${path}?${new URLSearchParams(query).toString()}`, {
    headers: headers(),
    cache: 'no-store',
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  if (response.status === 401) throw new Refused();
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as T;
}

export class Refused extends Error {}

export const liveSource: Source = {
  live: {
    log: (stage, from) => ask<LogView | null>('log', { stage, from: String(from) }),
    garbage: (onlyNeeded) => ask<GarbageView>('garbage', { workspace: onlyNeeded ? '1' : '' }),
    remotes: () => ask<readonly RemoteView[]>('remotes'),
    start: async (targets, force) =>
      (await ask<{ refused?: string }>('start', {}, { targets, force })).refused,
    stop: async () => (await ask<{ refused?: string }>('stop', {}, {})).refused,
  },
  tables: () => ask<readonly TableView[]>('tables'),
  revisions: () => ask<readonly string[]>('revisions'),
  plots: (names) =>
    ask<PlotsView>(
      'plots',
      names.map((name) => ['rev', name]),
    ),
  drawing: () => ask<string>('drawing'),
  sizes: () => ask<readonly DataSize[]>('sizes'),
  detail: (stage) => ask<StageDetail>('detail', { stage }),
  pastRun: (run) => ask<(PastStage & { stage: string })[]>('run', { run }),
};

export const firstMessages = (): Promise<readonly LiveMessage[]> => ask('view');

/** Browsers allow six connections to a server: one tab listens and passes on to the others, and another goes on when it is closed. */
export function listen(take: (message: LiveMessage) => void): void {
  const channel = new BroadcastChannel('pipe-ui');
  channel.addEventListener('message', ({ data }) => take(data as LiveMessage));
  const send = (message: LiveMessage): void => {
    take(message);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has one origin only
    channel.postMessage(message);
  };
  void navigator.locks.request('pipe-ui', () => lead(send));
}

async function lead(send: (message: LiveMessage) => void): Promise<never> {
  for (let wait = FIRST_WAIT; ; wait = Math.min(LONGEST_WAIT, wait * 2)) {
    try {
      const response = await fetch('/api/events', { headers: headers(), cache: 'no-store' });
      if (response.status === 401) {
        send({ type: 'connection', state: 'refused' });
        await anotherToken();
        continue;
      }
      if (response.ok && response.body) {
        send({ type: 'connection', state: 'open' });
        wait = FIRST_WAIT;
        await readAll(response.body, send);
        send({ type: 'connection', state: 'lost' });
      }
    } catch {
      send({ type: 'connection', state: 'lost' });
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** A server takes one token as long as it lives: another page brings that of the next one. */
const anotherToken = (): Promise<void> =>
  new Promise((resolve) => {
    const look = ({ key }: StorageEvent): void => {
      if (key !== KEY) return;
      removeEventListener('storage', look);
      resolve();
    };
    addEventListener('storage', look);
  });

async function readAll(
  body: ReadableStream<Uint8Array>,
  send: (message: LiveMessage) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let begun = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    begun += decoder.decode(value, { stream: true });
    const parts = begun.split('\n\n');
    begun = parts.pop()!;
    for (const part of parts) if (part.startsWith('data: ')) send(JSON.parse(part.slice(6)) as LiveMessage);
  }
}
