// The options and results of push and fetch.
import type { Content, Digest } from '../../hash/digest.ts';
import type { CacheLayout } from '../cache-layout.ts';
import type { Remote } from './remote.ts';
import type { Vault } from './vault.ts';

/** So many objects are on their way at once, unless something else is asked for. */
export const DEFAULT_JOBS = 8;

/** The transfer of so many objects takes some seconds. */
export const MANY = 512;

export interface TransferOptions {
  readonly remote: Remote;
  readonly layout: CacheLayout;
  readonly vaultOf: (content: Content) => Vault;
  readonly jobs: number;
  readonly onProgress?: (progress: TransferProgress) => void;
}

export interface TransferProgress {
  readonly objects: { readonly done: number; readonly total: number };
  /** Those of objects that are on their way included; the total is undefined where sizes are not known. */
  readonly bytes: { readonly done: number; readonly total: number | undefined };
}

/** What became of everything that was asked for. */
export interface Transferred {
  /** Objects that were sent or fetched, and their bytes. */
  readonly objects: number;
  readonly bytes: number;
  /** Objects that were there already. */
  readonly present: number;
  /** Contents that are not whole now where they were to go, each with why. */
  readonly failed: ReadonlyMap<Digest, Failure>;
}

export type Failure =
  /** Nowhere to be found. */
  | { readonly kind: 'missing'; readonly digest: Digest }
  /** What is there has other bytes than those of its name. */
  | { readonly kind: 'corrupt'; readonly digest: Digest; readonly why: string };

/** Each content once; DVC 2's and DVC 3's are two. */
export function uniqueContents(contents: readonly Content[]): readonly Content[] {
  return [
    ...new Map(contents.map((content) => [`${content.legacy ?? ''}${content.digest}`, content])).values(),
  ];
}

export function failedContents(
  contents: readonly Content[],
  vaultOf: (content: Content) => Vault,
  failures: ReadonlyMap<string, Failure>,
): ReadonlyMap<Digest, Failure> {
  return new Map(
    contents.flatMap((content): [Digest, Failure][] => {
      const failure = failures.get(vaultOf(content).key(content.digest));
      return failure ? [[content.digest, failure]] : [];
    }),
  );
}
