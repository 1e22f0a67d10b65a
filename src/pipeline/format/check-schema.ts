// Checks values against a schema: the part of JSON Schema that schema/checked-schemas.json uses (derived from schema/schema.ts).
// Finds the faults and their places; validate.ts words them.
import { isList, isMap } from '../../base/spelling.ts';
import type { Scalar, Value, ValueMap, ValuePath } from '../../base/value.ts';

export interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: { readonly [key: string]: Schema };
  readonly required?: readonly string[];
  readonly propertyNames?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly minProperties?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly (string | number)[];
  readonly const?: string | number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly patternErrorMessage?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
}

export type SchemaFault =
  | {
      readonly kind: 'type';
      readonly path: ValuePath;
      readonly expected: readonly string[];
      readonly value: Value;
    }
  | {
      readonly kind: 'unknown';
      readonly path: ValuePath;
      readonly key: Scalar;
      readonly known: readonly string[];
    }
  | { readonly kind: 'missing'; readonly path: ValuePath; readonly key: string }
  /** A key that is not a string. */
  | { readonly kind: 'key'; readonly path: ValuePath }
  | { readonly kind: 'value'; readonly path: ValuePath; readonly expected: string };

/** @returns the faults, in the order of the schema's keys, then of the value's. */
export function faultsOf(schema: Schema, value: Value, path: ValuePath): SchemaFault[] {
  const faults: SchemaFault[] = [];
  check(schema, value, [...path], faults);
  return faults;
}

/** The current path, changed in place: only a fault needs a copy, and most values have none. */
type Steps = (Scalar | number)[];

function check(schema: Schema, value: Value, path: Steps, faults: SchemaFault[]): void {
  if (schema.anyOf) {
    checkAny(schema.anyOf, value, path, faults);
    return;
  }
  if (schema.type !== undefined && !hasType(schema, value)) {
    faults.push({ kind: 'type', path: [...path], expected: typesOf(schema), value });
    return;
  }
  if (isMap(value)) checkMap(schema, value, path, faults);
  else if (isList(value)) checkList(schema, value, path, faults);
  else checkScalar(schema, value, path, faults);
}

/** Reports the type if no alternative has it, else the faults of the alternative with the fewest. */
function checkAny(schemas: readonly Schema[], value: Value, path: Steps, faults: SchemaFault[]): void {
  const fitting = schemas.filter(
    (schema) => schema.anyOf !== undefined || schema.type === undefined || hasType(schema, value),
  );
  if (fitting.length === 0) {
    faults.push({ kind: 'type', path: [...path], expected: [...new Set(schemas.flatMap(typesOf))], value });
    return;
  }
  let best: SchemaFault[] | undefined;
  for (const schema of fitting) {
    const found = faultsOf(schema, value, path);
    if (found.length === 0) return;
    if (!best || found.length < best.length) best = found;
  }
  for (const fault of best!) faults.push(fault);
}

const typesOf = ({ type, anyOf }: Schema): readonly string[] =>
  anyOf ? anyOf.flatMap(typesOf) : typeof type === 'string' ? [type] : (type ?? []);

function hasType({ type }: Schema, value: Value): boolean {
  return typeof type === 'string' ? isOfType(value, type) : (type ?? []).some((one) => isOfType(value, one));
}

function isOfType(value: Value, type: string): boolean {
  switch (type) {
    case 'object':
      return isMap(value);
    case 'array':
      return isList(value);
    case 'number':
      return typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value));
    case 'integer':
      return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
    case 'null':
      return value === null;
    default:
      return typeof value === type;
  }
}

function checkMap(schema: Schema, map: ValueMap, path: Steps, faults: SchemaFault[]): void {
  for (const key of schema.required ?? [])
    if (!map.has(key)) faults.push({ kind: 'missing', path: [...path], key });
  if (schema.minProperties !== undefined && map.size < schema.minProperties)
    faults.push({ kind: 'value', path: [...path], expected: 'it is empty' });
  const { properties, additionalProperties: others, propertyNames } = schema;
  for (const [key, value] of map) {
    const own =
      typeof key === 'string' && properties && Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (!own && others === false) {
      faults.push({ kind: 'unknown', path: [...path], key, known: Object.keys(properties ?? {}) });
      continue;
    }
    path.push(key);
    if (own) check(own, value, path, faults);
    else {
      if (propertyNames && typeof key !== 'string') faults.push({ kind: 'key', path: [...path] });
      else if (propertyNames) checkScalar(propertyNames, key, path, faults);
      if (typeof others === 'object') check(others, value, path, faults);
    }
    path.pop();
  }
}

function checkList(
  { items, minItems }: Schema,
  list: readonly Value[],
  path: Steps,
  faults: SchemaFault[],
): void {
  if (minItems !== undefined && list.length < minItems)
    faults.push({ kind: 'value', path: [...path], expected: 'it is empty' });
  if (!items) return;
  for (let index = 0; index < list.length; index += 1) {
    path.push(index);
    check(items, list[index]!, path, faults);
    path.pop();
  }
}

function checkScalar(schema: Schema, value: Scalar, path: Steps, faults: SchemaFault[]): void {
  const wrong = (expected: string): void => void faults.push({ kind: 'value', path: [...path], expected });
  if (schema.enum && !schema.enum.includes(value as string))
    wrong(`expected one of ${schema.enum.join(', ')}`);
  if (schema.const !== undefined && value !== schema.const) wrong(`expected '${schema.const}'`);
  if (schema.minLength !== undefined && String(value).length < schema.minLength) wrong('it is empty');
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(String(value)))
    wrong(schema.patternErrorMessage ?? `expected text like ${schema.pattern}`);
  if (schema.minimum !== undefined && Number(value) < schema.minimum)
    wrong(`expected ${schema.minimum} or more`);
  if (schema.exclusiveMinimum !== undefined && Number(value) <= schema.exclusiveMinimum)
    wrong(`expected more than ${schema.exclusiveMinimum}`);
}
