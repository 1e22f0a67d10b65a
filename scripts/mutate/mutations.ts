// The small faults that can be put into a source: conditions turned around or cut to one side, boundaries moved, statements and calls left
// out, of several elements only the first taken.
import { parseSync } from 'oxc-parser';

export interface Mutation {
  /** What is replaced, in UTF-16 units of the source. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
  /** Line of the source, from 1. */
  readonly line: number;
  /** Lines where the functions around it begin, the innermost first; none: it runs when the module is loaded. */
  readonly functions: readonly number[];
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const OPERATORS: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '&&': '||',
  '||': '&&',
  '-': '+',
  '*': '/',
  '+=': '-=',
  '-=': '+=',
};
const METHODS: ReadonlyMap<string, string> = new Map([
  ['every', 'some'],
  ['replaceAll', 'replace'],
  ['some', 'every'],
]);
/** They go through all elements of what they are called of. */
const OF_ALL = /^(?:every|filter|find|flatMap|forEach|join|map|some)$/;
/** Namespaces, whose methods are not called of elements. */
const NO_ELEMENTS = /^(?:Array|Iterator|Map|Object|Promise|path|posix)$/;
/** Their faults are of types, or of what is printed. */
const SKIPPED = /^(?:TS(?!AsExpression|SatisfiesExpression|NonNullExpression)|Import|ThrowStatement)/;

/** @returns all that can be put in, from the start of the source to its end. */
export function mutationsOf(source: string, file: string): Mutation[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]!.message}`);
  const found: Mutation[] = [];
  const lineAt = (offset: number): number => source.slice(0, offset).split('\n').length;
  walk(program as unknown as Node, []);
  return found;

  function walk(node: Node, functions: readonly number[]): void {
    if (SKIPPED.test(node.type)) return;
    const put = (at: { start: number; end: number }, text: string): void =>
      void found.push({ from: at.start, to: at.end, text, line: lineAt(at.start), functions });
    mutate(node, source, put);
    const within = isFunction(node) ? [lineAt(node.start), ...functions] : functions;
    for (const child of childrenOf(node)) walk(child, within);
  }
}

type Put = (at: { start: number; end: number }, text: string) => void;

function mutate(node: Node, source: string, put: Put): void {
  const textOf = ({ start, end }: Node): string => source.slice(start, end);
  switch (node.type) {
    case 'IfStatement':
    case 'ConditionalExpression': {
      const condition = node['test'] as Node;
      put(condition, `!(${textOf(condition)})`);
      return;
    }
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'AssignmentExpression': {
      const [left, right] = [node['left'], node['right']] as [Node, Node];
      const operator = node['operator'] as string;
      const other = OPERATORS[operator];
      // Between the two there may be parentheses and comments.
      const at = source.indexOf(operator, left.end);
      if (other !== undefined && at < right.start) put({ start: at, end: at + operator.length }, other);
      if (node.type === 'LogicalExpression') put(node, textOf(left));
      if (operator === '&&' || operator === '||') put(node, textOf(right));
      return;
    }
    case 'ForOfStatement':
      if (node['await'] !== true) put(node['right'] as Node, onlyFirst(textOf(node['right'] as Node)));
      return;
    case 'ExpressionStatement':
      if (node['directive'] === undefined || node['directive'] === null) put(node, ';');
      return;
    case 'AwaitExpression':
      put(node, textOf(node['argument'] as Node));
      return;
    case 'UnaryExpression':
      if (node['operator'] === '!') put(node, textOf(node['argument'] as Node));
      return;
    case 'Literal':
      if (typeof node['value'] === 'boolean') put(node, String(!node['value']));
      else if (typeof node['value'] === 'number') put(node, String(node['value'] + 1));
      return;
    case 'CallExpression':
      mutateCall(node, textOf, put);
      return;
    case 'ObjectExpression':
      for (const property of node['properties'] as Node[]) put(withComma(property, source), '');
      return;
    case 'ArrayExpression':
      if ((node['elements'] as Node[]).length > 0) put(node, '[]');
  }
}

function mutateCall(node: Node, textOf: (node: Node) => string, put: Put): void {
  const args = node['arguments'] as Node[];
  const [first, second] = args;
  if (first?.type === 'Identifier' && second?.type === 'Identifier')
    put({ start: first.start, end: second.end }, `${textOf(second)}, ${textOf(first)}`);
  const callee = node['callee'] as Node;
  if (callee.type !== 'MemberExpression') return;
  const [object, property] = [callee['object'], callee['property']] as [Node, Node];
  const name = textOf(property);
  if (name === 'filter' || name === 'sort' || name === 'toSorted') put(node, textOf(object));
  else if (METHODS.has(name)) put(property, METHODS.get(name)!);
  if (OF_ALL.test(name) && args.length > 0 && !NO_ELEMENTS.test(textOf(object)))
    put(object, onlyFirst(textOf(object)));
}

const onlyFirst = (elements: string): string => `[...${elements}].slice(0, 1)`;

function withComma({ start, end }: Node, source: string): { start: number; end: number } {
  return { start, end: end + /^\s*,?/.exec(source.slice(end))![0].length };
}

function isFunction({ type }: Node): boolean {
  return /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(type);
}

function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .filter((value): value is Node => typeof (value as Node | null)?.type === 'string');
}
