// Values as `test/real/dvc/yaml_documents.py` writes them into JSON.
import type { Scalar, Value } from '../../src/base/base.ts';

export type Encoded =
  | readonly ['null']
  | readonly ['bool', boolean]
  | readonly ['int' | 'float' | 'text', string]
  | readonly ['list', number, readonly Encoded[]]
  | readonly ['map', number, readonly (readonly [Encoded, Encoded])[]];

/** A document, and the text that DVC writes of it. */
export type Recorded = readonly [document: Encoded, text: string];

/** Lists and mappings of one number become one object. */
export function decode(encoded: Encoded, known: Map<number, Value> = new Map()): Value {
  switch (encoded[0]) {
    case 'null':
      return null;
    case 'bool':
    case 'text':
      return encoded[1];
    case 'int':
      return BigInt(encoded[1]);
    case 'float':
      return Number(encoded[1].replace('inf', 'Infinity'));
    case 'list': {
      const before = known.get(encoded[1]);
      if (before !== undefined) return before;
      const list: Value[] = [];
      known.set(encoded[1], list);
      for (const item of encoded[2]) list.push(decode(item, known));
      return list;
    }
    case 'map': {
      const before = known.get(encoded[1]);
      if (before !== undefined) return before;
      const map = new Map<Scalar, Value>();
      known.set(encoded[1], map);
      for (const [key, item] of encoded[2]) map.set(decode(key, known) as Scalar, decode(item, known));
      return map;
    }
  }
}
