// The layouts of caches by the name of their dialect, for tests that hold for both.
import { dvcLayout } from '../src/dvc/dvc.ts';
import { ownLayout } from '../src/own/own.ts';

export const layouts = { pipe: ownLayout, dvc: dvcLayout } as const;

export type LayoutName = keyof typeof layouts;
