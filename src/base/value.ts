// Values of parameter files. Integers are `bigint` and floats are `number`, so that 1 and 1.0 stay apart and big
// integers stay exact, as they do in the Python programs that read the same files.

export type Scalar = null | boolean | string | bigint | number;

/** Mappings keep the order of the file. */
export type Value = Scalar | readonly Value[] | ValueMap;

/** A mapping; keys that are not strings in the file (`1:`, `true:`) keep their type. */
export type ValueMap = ReadonlyMap<Scalar, Value>;
