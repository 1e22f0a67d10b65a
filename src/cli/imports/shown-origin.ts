// How people see where imported data comes from.
import { shownUrl } from '../../pipeline/shown-url.ts';
import type { Origin } from '../../pipeline/stage.ts';

export const shownOrigin = (origin: Origin): string =>
  origin.kind === 'url' ? shownUrl(origin) : `${shownUrl(origin)}: ${origin.path}`;
