// A job of a batch system in words.
import { spelledOut } from './spell-out.ts';

export interface ShownJob {
  readonly id: string;
  readonly node?: string | undefined;
}

/** `job 12 on node3`. What the batch system calls them is safe to show. */
export const jobText = ({ id, node }: ShownJob): string =>
  `job ${spelledOut(id)}${node === undefined ? '' : ` on ${spelledOut(node)}`}`;
