// Dispatches with all that they need made once: shaders, pipelines and bind groups. Recording them again makes nothing new.
import type { Kernel } from './kernel.ts';

/** A part of a buffer; the whole of it by default. */
export interface Binding {
  readonly buffer: GPUBuffer;
  /** In bytes; offsets are multiples of 256. */
  readonly offset?: number;
  readonly size?: number;
}

/** A kernel and what it computes on. */
export interface Dispatch {
  readonly kernel: Kernel;
  /** In the order of the kernel's accesses. */
  readonly bindings: readonly Binding[];
}

export interface Compiled {
  readonly dispatches: number;
  record(pass: GPUComputePassEncoder): void;
}

interface Ready {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly workgroups: readonly [number, number, number];
}

/** Equal kernels share a pipeline. */
export type Pipelines = Map<string, Promise<GPUComputePipeline>>;

/** @param pipelines made so far on this device */
export async function compile(
  device: GPUDevice,
  pipelines: Pipelines,
  dispatches: readonly Dispatch[],
): Promise<Compiled> {
  // All at once: a driver compiles several at a time.
  const compiling = dispatches.map(({ kernel }) => {
    const key = `${kernel.access.join()}\n${kernel.code}`;
    const known = pipelines.get(key) ?? pipelineOf(device, kernel);
    pipelines.set(key, known);
    return known;
  });
  const ready = (await Promise.all(compiling)).map((pipeline, at): Ready => {
    const { kernel, bindings } = dispatches[at]!;
    const entries = bindings.map((resource, binding) => ({ binding, resource }));
    const layout = pipeline.getBindGroupLayout(0);
    const group = device.createBindGroup({ label: kernel.label, layout, entries });
    return { pipeline, group, workgroups: kernel.workgroups };
  });
  return {
    dispatches: ready.length,
    record: (pass) => {
      for (const { pipeline, group, workgroups } of ready) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(...workgroups);
      }
    },
  };
}

/** The layout is that of the accesses: one that is derived leaves out bindings that the code does not use. */
function pipelineOf(device: GPUDevice, { label, code, access }: Kernel): Promise<GPUComputePipeline> {
  const entries = access.map((kind, binding) => ({
    binding,
    visibility: GPUShaderStage.COMPUTE,
    buffer: { type: kind === 'read' ? ('read-only-storage' as const) : ('storage' as const) },
  }));
  const layout = device.createPipelineLayout({
    bindGroupLayouts: [device.createBindGroupLayout({ entries })],
  });
  const module = device.createShaderModule({ label, code });
  return device.createComputePipelineAsync({ label, layout, compute: { module, entryPoint: 'main' } });
}
