// A device of WebGPU that computes nothing and records what it is asked for: which kernels, on which parts of which buffers, and what is
// written to these.
import { createHash } from 'node:crypto';

/** Of WebGPU, which Dawn would define. */
const CONSTANTS = {
  GPUBufferUsage: { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, STORAGE: 128 },
  GPUShaderStage: { COMPUTE: 4 },
  GPUMapMode: { READ: 1 },
};

export interface Recorded {
  /** Of the kernel; of what is no dispatch, `memory`. */
  readonly label: string;
  readonly what: string;
}

interface RecordedBuffer {
  readonly label: string;
  readonly number: number;
}

interface BindGroup {
  readonly entries: readonly { readonly resource: Binding }[];
}

interface Binding {
  readonly buffer: RecordedBuffer;
  readonly offset?: number;
  readonly size?: number;
}

export const digestOf = (...parts: readonly (string | Uint8Array)[]): string =>
  parts
    .reduce((hash, part) => hash.update(part), createHash('sha256'))
    .digest('hex')
    .slice(0, 12);

/** @param limit bytes of the largest binding */
export function recordingDevice(limit: number): { readonly device: GPUDevice; readonly events: Recorded[] } {
  Object.assign(globalThis, CONSTANTS);
  const events: Recorded[] = [];
  const record = (label: string, ...what: readonly unknown[]): void =>
    void events.push({ label, what: what.join(' ') });
  const remember = (...what: readonly unknown[]): void => record('memory', ...what);
  let buffers = 0;
  const named = ({ label, number }: RecordedBuffer): string => `${label} #${number}`;
  const place = ({ buffer, offset = 0, size }: Binding): string =>
    `${named(buffer)} ${offset}+${size ?? '…'}`;

  const own = {
    limits: { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: limit },
    lost: new Promise(() => {}),
    addEventListener: () => {},
    createBuffer: ({ size, label, usage }: { size: number; label: string; usage: number }) => {
      const number = buffers++;
      remember(label, number, size, usage);
      return {
        label,
        number,
        mapAsync: () => Promise.resolve(),
        // Each place of a buffer reads as its number.
        getMappedRange: (from = 0, length = size - from) =>
          Float32Array.from({ length: length / 4 }, (_, at) => from / 4 + at).buffer,
        unmap: () => {},
        destroy: () => remember('destroyed', number),
      };
    },
    createBindGroupLayout: (layout: object) => layout,
    createPipelineLayout: (layout: object) => layout,
    createShaderModule: (module: object) => module,
    createComputePipelineAsync: (pipeline: { readonly layout: object; readonly compute: object }) => {
      const digest = digestOf(JSON.stringify([pipeline.layout, pipeline.compute]));
      return Promise.resolve({ ...pipeline, digest, getBindGroupLayout: (at: number) => at });
    },
    createBindGroup: (group: object) => group,
    createCommandEncoder: () => {
      let pipeline: { readonly label: string; readonly digest: string };
      let group: BindGroup;
      return {
        beginComputePass: () => ({
          setPipeline: (next: typeof pipeline) => (pipeline = next),
          setBindGroup: (_: number, next: BindGroup) => (group = next),
          dispatchWorkgroups: (...groups: readonly number[]) =>
            record(
              pipeline.label,
              pipeline.digest,
              groups.join('×'),
              group.entries.map(({ resource }) => place(resource)).join(', '),
            ),
          end: () => {},
        }),
        copyBufferToBuffer: (
          from: RecordedBuffer,
          at: number,
          to: RecordedBuffer,
          there: number,
          size: number,
        ) => remember('copied', named(from), at, named(to), there, size),
        finish: () => 'commands',
      };
    },
    queue: {
      writeBuffer: (
        buffer: RecordedBuffer,
        offset: number,
        data: ArrayBuffer | Float32Array,
        ...range: number[]
      ) => remember('written', named(buffer), offset, digestOf(bytesOf(data, ...range))),
      submit: (commands: readonly string[]) => remember('submitted', commands.length),
    },
  };
  return { device: own as unknown as GPUDevice, events };
}

const bytesOf = (data: ArrayBuffer | Float32Array, from = 0, length?: number): Uint8Array =>
  data instanceof ArrayBuffer
    ? new Uint8Array(data, from, length)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
