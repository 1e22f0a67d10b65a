// What a view asks its source for: again whenever something that it depends on changes.
import { useEffect, useState } from 'preact/hooks';

export interface Loaded<T> {
  /** What was loaded last, until the next is there. */
  readonly found?: T;
  /** Why the last loading failed. */
  readonly problem?: string;
}

/** @param load undefined: nothing can be loaded yet. @param inputs as of `useEffect`. */
export function useLoaded<T>(load: () => Promise<T> | undefined, inputs: readonly unknown[]): Loaded<T> {
  const [state, setState] = useState<Loaded<T>>({});
  useEffect(() => {
    let isOver = false;
    load()?.then(
      (found) => !isOver && setState({ found }),
      (error: unknown) => !isOver && setState((old) => ({ ...old, problem: textOfError(error) })),
    );
    return () => {
      isOver = true;
    };
  }, inputs);
  return state;
}

export const textOfError = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
