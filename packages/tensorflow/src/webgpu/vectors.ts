// Named vectors in one buffer, so that one kernel computes on all of them: the parameters of a network, their gradients.

/** Bytes that a binding begins at a multiple of, on every device. */
const ALIGNMENT = 256;

export interface Place {
  /** In bytes. */
  readonly offset: number;
  readonly size: number;
}

export interface Layout {
  readonly places: ReadonlyMap<string, Place>;
  /** Bytes of all of them, with the gaps between them. */
  readonly size: number;
}

/** @param lengths number of values by name */
export function layOut(lengths: readonly (readonly [name: string, length: number])[]): Layout {
  const places = new Map<string, Place>();
  let size = 0;
  for (const [name, length] of lengths) {
    places.set(name, { offset: size, size: 4 * length });
    size = Math.ceil((size + 4 * length) / ALIGNMENT) * ALIGNMENT;
  }
  return { places, size };
}

/** Everything, with zeros in the gaps. @param valueOf the values by name */
export function join(layout: Layout, valueOf: (name: string) => Float32Array): Float32Array<ArrayBuffer> {
  const all = new Float32Array(layout.size / 4);
  for (const [name, { offset }] of layout.places) all.set(valueOf(name), offset / 4);
  return all;
}

export function take(layout: Layout, all: Float32Array, name: string): Float32Array {
  const { offset, size } = layout.places.get(name)!;
  return all.slice(offset / 4, (offset + size) / 4);
}
