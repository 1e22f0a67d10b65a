// Parameters from a Python file: assignments of literals in the module, in classes (a nested mapping) and to `self` in
// `__init__`, as DVC reads them. Runs no code and ignores values that are not literals.
import type { ExprNode, StmtNode } from 'py-ast';
import { readLiteral } from './python-literal.ts';
import { parsePython, type PythonSource } from './python-source.ts';
import type { Scalar, Value, ValueMap } from '../../base/value.ts';

/** The values of a module. */
export interface PythonParams {
  readonly value: ValueMap;
  /** Where the last assignment of a name of the module starts. */
  readonly offsets: ReadonlyMap<Scalar, number>;
}

/**
 * @param text with `\n` at the end of lines; @param file its name in messages.
 * @throws PipeError where the text is not valid Python.
 */
export function readPython(text: string, file: string): PythonParams {
  const source = parsePython(text, file);
  const offsets = new Map<Scalar, number>();
  return { value: readBody(source, source.body, false, offsets), offsets };
}

function readBody(
  source: PythonSource,
  body: readonly StmtNode[],
  onlySelf: boolean,
  offsets?: Map<Scalar, number>,
): ReadonlyMap<Scalar, Value> {
  const result = new Map<Scalar, Value>();
  for (const statement of body) {
    for (const [name, value] of assignedBy(source, statement, onlySelf)) {
      result.set(name, value);
      offsets?.set(name, source.start(statement));
    }
  }
  return result;
}

function assignedBy(
  source: PythonSource,
  statement: StmtNode,
  onlySelf: boolean,
): Iterable<readonly [Scalar, Value]> {
  switch (statement.nodeType) {
    case 'Assign':
    case 'AnnAssign':
      return assigned(source, assignedTo(statement, onlySelf));
    case 'ClassDef':
      return [[normal(statement.name), readBody(source, statement.body, false)]];
    case 'FunctionDef':
      return statement.name === '__init__' ? readBody(source, statement.body, true) : [];
    default:
      return [];
  }
}

function assigned(
  source: PythonSource,
  assignment: Assignment | undefined,
): readonly (readonly [Scalar, Value])[] {
  const value = assignment && readLiteral(source, assignment.value);
  return value === undefined ? [] : [[assignment!.name, value]];
}

interface Assignment {
  readonly name: string;
  readonly value: ExprNode;
}

/** The assignment to one name, or with `onlySelf` to one attribute of `self`, that a statement is. */
export function assignedTo(statement: StmtNode, onlySelf: boolean): Assignment | undefined {
  if (statement.nodeType === 'Assign')
    return statement.targets.length === 1
      ? assignment(statement.targets[0]!, statement.value, onlySelf)
      : undefined;
  return statement.nodeType === 'AnnAssign'
    ? assignment(statement.target, statement.value, onlySelf)
    : undefined;
}

function assignment(
  target: ExprNode,
  value: ExprNode | undefined,
  onlySelf: boolean,
): Assignment | undefined {
  const name = nameOf(target, onlySelf);
  return name === undefined || !value ? undefined : { name: normal(name), value };
}

/** `name`, or `self.name`. */
function nameOf(target: ExprNode, onlySelf: boolean): string | undefined {
  if (target.nodeType === 'Name') return onlySelf ? undefined : target.id;
  const ofSelf =
    target.nodeType === 'Attribute' && target.value.nodeType === 'Name' && target.value.id === 'self';
  return ofSelf ? target.attr : undefined;
}

/** Python compares names in this form. */
const normal = (name: string): string => name.normalize('NFKC');
