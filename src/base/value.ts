// The values of YAML and parameter files, and paths to them. Integers are `bigint` and floats are `number`, so that 1 and
// 1.0 differ and big integers are exact, as in the Python programs that read the same files.

export type Scalar = null | boolean | string | bigint | number;

/** Mappings keep the order of the file. */
export type Value = Scalar | readonly Value[] | ValueMap;

/** A mapping; keys that are not strings in the file (`1:`, `true:`) keep their type. */
export type ValueMap = ReadonlyMap<Scalar, Value>;

/** The keys and list indices from the root of a file to a value in it. */
export type ValuePath = readonly (Scalar | number)[];
