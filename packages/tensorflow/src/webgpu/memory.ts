// Buffers of one purpose, destroyed together.
import type { Binding } from './dispatches.ts';

export interface Memory {
  /** @returns zeros */
  floats(count: number, label: string): Binding;
  /** @returns zeros; also written from here, or copied into what is read here */
  bytes(size: number, label: string): GPUBuffer;
  /** For what is read here. */
  readable(size: number, label: string): GPUBuffer;
  dispose(): void;
}

export function openMemory(device: GPUDevice): Memory {
  const buffers: GPUBuffer[] = [];
  const make = (size: number, label: string, usage: number): GPUBuffer => {
    const buffer = device.createBuffer({ size, label, usage });
    buffers.push(buffer);
    return buffer;
  };
  const onDevice = (size: number, label: string): GPUBuffer =>
    make(size, label, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC);
  return {
    floats: (count, label) => ({ buffer: onDevice(4 * count, label) }),
    bytes: onDevice,
    readable: (size, label) => make(size, label, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST),
    dispose: () => {
      for (const buffer of buffers) buffer.destroy();
    },
  };
}
