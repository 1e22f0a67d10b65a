// Sources of data.
import { openSource } from '../../src/source/source.ts';
import { dvcContent } from '../../src/dvc/dvc.ts';
import type { Space } from '../hash/space.ts';

export const ALL = { modes: true };

/** @param at a URL, or a path below the root. */
export const opened = (space: Space, at: string, more: object = {}): ReturnType<typeof openSource> =>
  openSource(at as never, at, { root: space.root, rules: dvcContent, env: {}, ...more });
