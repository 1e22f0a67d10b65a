// How this package calls a `fetch`, the platform's or its own: as much of the interface as it uses.

export type BodyBytes = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

export interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
  readonly body?: BodyBytes;
  readonly duplex?: 'half';
}

/** The part of the platform's `fetch` that this package uses. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>;
