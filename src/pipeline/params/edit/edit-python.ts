// Changes one value in the text of a Python file: the literal of the assignment that gives it.
import type { ExprNode, StmtNode } from 'py-ast';
import { isList, isMap, spellPython } from '../../../base/spelling.ts';
import type { Scalar, Value, ValuePath } from '../../../base/value.ts';
import { splice } from '../../../yaml/splice.ts';
import { assignedTo } from '../read-python.ts';
import { readLiteral } from '../python-literal.ts';
import { parsePython, type PythonSource } from '../python-source.ts';
import type { ParamEdit } from './param-edit.ts';

export function editPython(text: string, { steps, value }: ParamEdit): string | undefined {
  if (value === undefined) return undefined;
  const source = parsePython(text, 'params.py');
  const node = findIn(source, source.body, steps, false);
  if (!node) return undefined;
  const start = source.start(node);
  return splice(text, [{ start, end: start + source.text(node).length, text: pythonText(value) }]);
}

/** The last assignment counts. */
function findIn(
  source: PythonSource,
  body: readonly StmtNode[],
  [name, ...rest]: ValuePath,
  onlySelf: boolean,
): ExprNode | undefined {
  for (const statement of body.toReversed()) {
    const assigned = assignedTo(statement, onlySelf);
    if (assigned && assigned.name === name) return literalAt(source, assigned.value, rest);
    const inner = innerBody(statement, name, rest);
    const found = inner && findIn(source, inner.body, inner.steps, inner.onlySelf);
    if (found) return found;
  }
  return undefined;
}

interface Inner {
  readonly body: readonly StmtNode[];
  readonly steps: ValuePath;
  readonly onlySelf: boolean;
}

/** Attributes of a class are those of its body, and those that `__init__` gives to `self`. */
function innerBody(statement: StmtNode, name: Value | undefined, rest: ValuePath): Inner | undefined {
  if (statement.nodeType === 'ClassDef' && statement.name.normalize('NFKC') === name && rest.length > 0)
    return { body: statement.body, steps: rest, onlySelf: false };
  if (statement.nodeType === 'FunctionDef' && statement.name === '__init__')
    return { body: statement.body, steps: [name as Scalar, ...rest], onlySelf: true };
  return undefined;
}

function literalAt(source: PythonSource, node: ExprNode, [step, ...rest]: ValuePath): ExprNode | undefined {
  if (step === undefined) return node;
  let inner: ExprNode | undefined | null;
  if (node.nodeType === 'Dict')
    inner = node.values[node.keys.findLastIndex((key) => key && readLiteral(source, key) === step)];
  else if (node.nodeType === 'List' || node.nodeType === 'Tuple')
    inner = typeof step === 'number' ? node.elts[step] : undefined;
  return inner ? literalAt(source, inner, rest) : undefined;
}

function pythonText(value: Value): string {
  // `spellPython` quotes texts inside of a list only.
  if (isList(value) || isMap(value)) return spellPython(value);
  return spellPython([value]).slice(1, -1);
}
