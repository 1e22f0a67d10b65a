// The safetensors container: 8 bytes of header length, a JSON header, then the tensors' bytes. Only 32-bit floats.
import { asBytes } from '../data/npy.ts';
import { StageError } from '../stage/fail.ts';

export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface Safetensors {
  readonly metadata: { readonly [key: string]: string };
  readonly tensors: readonly NamedTensor[];
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** The tensors keep their order; values start at a multiple of 8. */
export function encodeSafetensors({ metadata, tensors }: Safetensors): Uint8Array {
  const header: { [name: string]: HeaderEntry | Safetensors['metadata'] } = { __metadata__: metadata };
  let offset = 0;
  for (const { name, shape, values } of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.alloc(Math.ceil(text.length / 8) * 8, ' ');
  text.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...tensors.map(({ values }) => asBytes(values))]);
}

/** @param name for the message @throws StageError where the bytes are no such file */
export function decodeSafetensors(bytes: Uint8Array, name: string): Safetensors {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = buffer.length < 8 ? Infinity : Number(buffer.readBigUInt64LE());
  if (buffer.length < 8 + length) throw new StageError(`${name} is no safetensors file, or is cut`);
  const header = parse(buffer.toString('utf8', 8, 8 + length), name);
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors = Object.entries(entries).map(([tensor, entry]): NamedTensor => {
    const { dtype, shape, data_offsets: offsets } = entry as HeaderEntry;
    const [from, to] = offsets;
    if (dtype !== 'F32' || 8 + length + to > buffer.length)
      throw new StageError(`${name}: tensor ${tensor} is cut, or is not of 32-bit floats`);
    const own = Uint8Array.from(buffer.subarray(8 + length + from, 8 + length + to));
    return { name: tensor, shape, values: new Float32Array(own.buffer) };
  });
  return { metadata: metadata as Safetensors['metadata'], tensors };
}

function parse(text: string, name: string): { [name: string]: unknown } {
  try {
    return JSON.parse(text) as { [name: string]: unknown };
  } catch {
    throw new StageError(`${name} is no safetensors file: its header is no JSON`);
  }
}
