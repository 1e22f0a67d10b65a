// The value of a Python expression that is a literal, by the rules of `ast.literal_eval`. Values that YAML does not have
// (bytes, complex numbers, `...`, tuples as keys) become their Python text.
import type { Constant, ExprNode } from 'py-ast';
import { equalKeys, keyIdentity } from '../../base/key-identity.ts';
import { MOST_NESTED } from './python-lexical.ts';
import { readPythonStrings } from './python-string.ts';
import type { PythonSource } from './python-source.ts';
import { spellFloat, spellPython } from '../../base/spelling.ts';
import type { Scalar, Value } from '../../base/value.ts';

/** A literal; `number` is set where a sign or a sum may follow. */
interface Literal {
  readonly value: Value;
  readonly number?: Complex | 'real';
}

type Complex = readonly [real: number, imaginary: number];

/** @returns undefined for an expression that is not a literal. @throws PipeError for a literal that Python refuses. */
export function readLiteral(source: PythonSource, node: ExprNode): Value | undefined {
  return new LiteralReader(source).read(node, 0)?.value;
}

class LiteralReader {
  readonly #source: PythonSource;

  constructor(source: PythonSource) {
    this.#source = source;
  }

  read(node: ExprNode, depth: number): Literal | undefined {
    if (depth > MOST_NESTED)
      throw this.#source.invalid({ offset: this.#source.start(node), title: 'nested too deeply' });
    switch (node.nodeType) {
      case 'Constant':
        return this.#constant(node);
      case 'Tuple':
      case 'List':
        return this.#items(node.elts, depth);
      case 'Set':
        return this.#set(node.elts, depth);
      case 'Dict':
        return this.#dict(node.keys, node.values, depth);
      case 'UnaryOp':
        return this.#signed(node);
      case 'BinOp':
        return this.#sum(node);
      case 'Call':
        return node.func.nodeType === 'Name' &&
          node.func.id === 'set' &&
          node.args.length + node.keywords.length === 0
          ? { value: [] }
          : undefined;
      default:
        return undefined;
    }
  }

  #items(nodes: readonly ExprNode[], depth: number): { readonly value: Value[] } | undefined {
    const value: Value[] = [];
    for (const node of nodes) {
      const item = this.read(node, depth + 1);
      if (!item) return undefined;
      value.push(item.value);
    }
    return { value };
  }

  /** Each member once. */
  #set(nodes: readonly ExprNode[], depth: number): Literal | undefined {
    const members = new Map<Scalar, Value>();
    for (const node of nodes) {
      const item = this.read(node, depth + 1);
      const key = item && this.#key(node, item.value);
      if (key === undefined) return undefined;
      if (!members.has(keyIdentity(key))) members.set(keyIdentity(key), item!.value);
    }
    return { value: [...members.values()] };
  }

  /** Of equal keys (`1`, `1.0`, `True`) the first stays, with the last value. */
  #dict(keys: readonly (ExprNode | null)[], values: readonly ExprNode[], depth: number): Literal | undefined {
    const result = new Map<Scalar, Value>();
    const known = equalKeys();
    for (const [index, node] of keys.entries()) {
      const name = node ? this.read(node, depth + 1) : undefined;
      const value = this.read(values[index]!, depth + 1);
      const key = node && name ? this.#key(node, name.value) : undefined;
      if (key === undefined || !value) return undefined;
      result.set(known(key), value.value);
    }
    return { value: result };
  }

  /** Undefined for a value that cannot be a key in Python. */
  #key(node: ExprNode, value: Value): Scalar | undefined {
    if (value === null || typeof value !== 'object') return value;
    if (node.nodeType !== 'Tuple') return undefined;
    const items = node.elts.map((item, index) => this.#key(item, (value as readonly Value[])[index]!));
    if (items.some((item) => item === undefined)) return undefined;
    const written = items.map((item) => spellPython([item!]).slice(1, -1));
    return `(${written.join(', ')}${written.length === 1 ? ',' : ''})`;
  }

  #constant(node: Constant): Literal {
    const text = this.#source.text(node);
    if (text === 'True' || text === 'False') return { value: text === 'True' };
    if (text === 'None') return { value: null };
    if (text === '...') return { value: text };
    return /^[\d.]/.test(text) ? this.#number(text, node) : { value: this.#string(text, node) };
  }

  #string(text: string, node: Constant): string {
    const read = readPythonStrings(text);
    if ('fault' in read)
      throw this.#source.invalid({ ...read.fault, offset: this.#source.start(node) + read.fault.offset });
    return read.bytes ? spellBytes(read.text) : read.text;
  }

  #number(text: string, node: Constant): Literal {
    if (INTEGER.test(text)) {
      if (/^[\d_]+$/.test(text) && text.replaceAll('_', '').length > MOST_DIGITS)
        throw this.#source.invalid({
          offset: this.#source.start(node),
          title: `a number of more than ${MOST_DIGITS} digits`,
        });
      return { value: BigInt(text.replaceAll('_', '')), number: 'real' };
    }
    const float = FLOAT.exec(text);
    if (!float)
      throw this.#source.invalid({ offset: this.#source.start(node), title: `'${text}' is not a number` });
    if (float[1] !== undefined) return complex(0, Number(text.slice(0, -1).replaceAll('_', '')));
    return { value: Number(text.replaceAll('_', '')), number: 'real' };
  }

  #signed(node: ExprNode): Literal | undefined {
    if (node.nodeType === 'Constant') return this.#constant(node);
    if (node.nodeType !== 'UnaryOp' || node.operand.nodeType !== 'Constant') return undefined;
    const { value, number } = this.#constant(node.operand);
    if (number === undefined) return undefined;
    if (node.op.nodeType === 'UAdd') return { value, number };
    if (node.op.nodeType !== 'USub') return undefined;
    return number === 'real'
      ? { value: -(value as number | bigint), number }
      : complex(-number[0], -number[1]);
  }

  /** `1 + 2j`. */
  #sum(node: Extract<ExprNode, { nodeType: 'BinOp' }>): Literal | undefined {
    const sign = { Add: 1, Sub: -1 }[node.op.nodeType as string];
    const left = sign === undefined ? undefined : this.#signed(node.left);
    const right = node.right.nodeType === 'Constant' ? this.#constant(node.right).number : undefined;
    if (sign === undefined || left?.number !== 'real' || !right || right === 'real') return undefined;
    return complex(Number(left.value) + sign * right[0], 0 + sign * right[1]);
  }
}

/** A complex number as Python prints it, without the brackets. */
function complex(real: number, imaginary: number): Literal {
  const text = (part: number): string => spellFloat(part).replace(/\.0$/, '');
  const unit = `${text(imaginary)}j`;
  const value = Object.is(real, 0) ? unit : `${text(real)}${unit.startsWith('-') ? '' : '+'}${unit}`;
  return { value, number: [real, imaginary] };
}

/** Python's own limit. */
const MOST_DIGITS = 4300;
const INTEGER = /^(?:0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|0(?:_?0)*|[1-9](?:_?\d)*)$/;
const DIGITS = String.raw`\d(?:_?\d)*`;
const EXPONENT = `[eE][-+]?${DIGITS}`;
/** The group is the unit of an imaginary number. */
const FLOAT = new RegExp(
  `^(?:(?:(?:${DIGITS})?\\.${DIGITS}|${DIGITS}\\.)(?:${EXPONENT})?|${DIGITS}${EXPONENT}|${DIGITS}(?=[jJ]$))([jJ])?$`,
);

/** Bytes as Python prints them. @param text one character per byte. */
function spellBytes(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(/[^ -~]|['"\\]/g, (char) => {
    const named = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' }[char];
    if (named !== undefined) return named;
    if (char === "'" || char === '"') return char === quote ? `\\${char}` : char;
    return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `b${quote}${body}${quote}`;
}
