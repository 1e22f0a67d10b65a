// In place of the server of a page: what it is asked, what it answers and says, other tabs, and what the browser keeps.
import { setTimeout as soon } from 'node:timers/promises';
import type { Surroundings } from './browser.ts';

export interface FakeServer extends Surroundings {
  /** What was asked since the last call, without the stream: `plots?rev=a`, `POST stop {}`. */
  asked(): string[];
  /** By the first word of what is asked, the value or what makes it; an error is answered as 404 with its message, 401 for a wrong token. */
  readonly answers: Map<string, unknown>;
  /** Says something to the page that listens. @param pieces of which size, in bytes. */
  say(message: object, pieces?: number): Promise<void>;
  /** Ends the stream. */
  hangUp(): Promise<void>;
  /** Another tab stores a value. */
  store(key: string, value: string): Promise<void>;
  /** What other tabs were told. */
  readonly passedOn: { readonly type: string }[];
  readonly loads: () => number;
}

/** @param token the one that it takes. */
export function fakeServer(token: { current: string }, hash: string): FakeServer {
  const stored = new Map<string, string>();
  const answers = new Map<string, unknown>();
  let questions: string[] = [];
  const passedOn: { readonly type: string }[] = [];
  let loads = 0;
  let dispatch: (name: string, event: object) => void;
  let stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  const answer = (status: number, text: string, body?: ReadableStream): object => ({
    status,
    ok: status === 200,
    body,
    text: async () => text,
    json: async () => JSON.parse(text) as unknown,
  });
  const fetch = async (
    address: string,
    { headers, method = 'GET', body }: { headers: Record<string, string>; method?: string; body?: string },
  ): Promise<object> => {
    const path = address.replace(/^\/api\//, '').replace(/\?$/, '');
    const isKnown = headers['Authorization'] === `Bearer ${token.current}`;
    if (path === 'events') {
      if (!isKnown) return answer(401, '');
      return answer(200, '', new ReadableStream({ start: (controller) => void (stream = controller) }));
    }
    questions.push(
      [...(method === 'GET' ? [] : [method]), path, ...(body === undefined ? [] : [body])].join(' '),
    );
    if (!isKnown) return answer(401, '');
    const found = answers.get(path.split('?')[0]!);
    const value: unknown = await (typeof found === 'function' ? found(path) : found);
    return value instanceof Error ? answer(404, value.message) : answer(200, JSON.stringify(value ?? null));
  };
  return {
    hash,
    answers,
    passedOn,
    loads: () => loads,
    reload: () => (loads += 1),
    opened: (call) => (dispatch = call),
    asked() {
      const all = questions;
      questions = [];
      return all;
    },
    async say(message, pieces = Infinity) {
      const bytes = new TextEncoder().encode(`:\n\ndata: ${JSON.stringify(message)}\n\n`);
      for (let from = 0; from < bytes.length; from += pieces)
        stream!.enqueue(bytes.subarray(from, from + pieces));
      await soon(1);
    },
    async hangUp() {
      stream!.close();
      await soon(1);
    },
    async store(key, value) {
      stored.set(key, value);
      dispatch('storage', { key });
      await soon(1);
    },
    globals: {
      fetch,
      AbortController,
      localStorage: {
        getItem: (key: string) => stored.get(key) ?? null,
        setItem: (key: string, value: string) => void stored.set(key, value),
      },
      navigator: { locks: { request: async (_: string, call: () => Promise<void>) => call() } },
      BroadcastChannel: class {
        addEventListener(): void {}
        postMessage(message: { readonly type: string }): void {
          passedOn.push({ ...message });
        }
      },
      // Nobody waits, and nothing keeps the process.
      setTimeout: (call: () => void) => setTimeout(call, 1).unref(),
    },
  };
}
