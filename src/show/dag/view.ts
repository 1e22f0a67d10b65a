// What a drawing of the graph shows: stages (members of a foreach or matrix as one box) or outputs, and what feeds what.
// Data only: build-view.ts makes it.

export type DagState = 'fresh' | 'stale' | 'blocked' | 'frozen';

export interface DagNode {
  readonly id: string;
  /** Safe to show. */
  readonly label: string;
  /** How many stages the box represents, if not one. */
  readonly count?: number;
  readonly state?: DagState;
}

/** `train ×90`, or the label alone. */
export const caption = ({ label, count }: DagNode): string =>
  count === undefined ? label : `${label} ×${count}`;

export interface DagView {
  readonly nodes: readonly DagNode[];
  /** From what makes to what reads; each pair once, never from a node to itself. */
  readonly edges: readonly (readonly [from: string, to: string])[];
}
