// The address of what is shown: every view has one, so that it can be sent to somebody and found again in the history.
import { useEffect, useState } from 'preact/hooks';
import { decoded } from '../../base/decoded.ts';

export interface Route {
  readonly view: string;
  /** `#/stage/NAME` */
  readonly name: string;
  readonly params: Readonly<Record<string, string>>;
}

export function readRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [view = '', ...rest] = path.split('/');
  return {
    view: view || 'graph',
    name: decoded(rest.join('/')),
    params: Object.fromEntries(new URLSearchParams(query)),
  };
}

export function addressOf(
  view: string,
  params: Readonly<Record<string, string | undefined>> = {},
  name?: string,
): string {
  const query = new URLSearchParams(
    Object.entries(params).flatMap(([key, value]) => (value ? [[key, value]] : [])),
  ).toString();
  return `#/${view}${name === undefined ? '' : `/${encodeURIComponent(name)}`}${query && `?${query}`}`;
}

/** Changes the address in place: no new entry of the browser's history for each letter of a search. */
export function replaceParams(route: Route, params: Readonly<Record<string, string | undefined>>): void {
  const next = addressOf(route.view, { ...route.params, ...params }, route.name || undefined);
  history.replaceState(null, '', next);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

export function useRoute(): Route {
  const [route, set] = useState(() => readRoute(location.hash));
  useEffect(() => {
    const listen = (): void => set(readRoute(location.hash));
    addEventListener('hashchange', listen);
    return () => removeEventListener('hashchange', listen);
  }, []);
  return route;
}
