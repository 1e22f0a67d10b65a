// WebGPU without a card: Dawn, on the software driver of Mesa. Runs single kernels.
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Kernel } from '../../../packages/tensorflow/src/webgpu/kernel.ts';
import { kept } from '../kept.ts';

interface Dawn {
  readonly globals: object;
  create(options: readonly string[]): GPU;
}

export interface SoftwareGpu {
  /**
   * Runs kernels after one another in one submission.
   * @param dispatches each with its buffers, in the order of its bindings @returns what is in these buffers afterwards
   */
  readonly run: (dispatches: readonly Dispatched[], wanted: readonly GPUBuffer[]) => Promise<Float32Array[]>;
  /** With these values, or of so many that are nonsense. */
  readonly buffer: (values: ArrayLike<number> | number) => GPUBuffer;
  readonly dispose: () => void;
}

export interface Dispatched {
  readonly kernel: Kernel;
  readonly buffers: readonly GPUBuffer[];
}

export async function softwareGpu(): Promise<SoftwareGpu> {
  const [driver] = globSync('/usr/{lib,lib64,share}/chromium/vk_swiftshader_icd.json');
  assert.ok(driver !== undefined, 'chromium brings SwiftShader');
  process.env['VK_DRIVER_FILES'] = process.env['VK_ICD_FILENAMES'] = driver;
  const folder = kept(
    'dawn',
    'cd "$KEPT" && echo \'{ "private": true }\' >package.json && npm install --no-save --no-audit webgpu@0.6.2',
  );
  const path = join(folder, 'node_modules/webgpu/index.js');
  const dawn = (await import(pathToFileURL(path).href)) as Dawn;
  Object.assign(globalThis, dawn.globals);
  // Kept as long as the device: Dawn crashes where it is collected before.
  const gpu = dawn.create([]);
  const adapter = await gpu.requestAdapter();
  assert.ok(adapter !== null, 'Dawn finds the software driver');
  const device = await adapter.requestDevice();
  const made: GPUBuffer[] = [];
  const pipelines = new Map<string, GPUComputePipeline>();

  const make = (size: number, usage: number): GPUBuffer => {
    const buffer = device.createBuffer({ size, usage });
    made.push(buffer);
    return buffer;
  };

  return {
    buffer: (values) => {
      const count = typeof values === 'number' ? values : values.length;
      const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
      const buffer = make(4 * count, STORAGE | COPY_SRC | COPY_DST);
      // What is to be written starts as nonsense, so that what is left out shows.
      const start =
        typeof values === 'number' ? new Float32Array(count).fill(1e9) : Float32Array.from(values);
      device.queue.writeBuffer(buffer, 0, start);
      return buffer;
    },
    run: async (dispatches, wanted) => {
      device.pushErrorScope('validation');
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (const { kernel, buffers } of dispatches) {
        const pipeline = pipelines.get(kernel.code) ?? pipelineOf(device, kernel);
        pipelines.set(kernel.code, pipeline);
        assert.equal(buffers.length, kernel.access.length, `${kernel.label}: one buffer for each binding`);
        const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
        pass.dispatchWorkgroups(...kernel.workgroups);
      }
      pass.end();
      const read = wanted.map((buffer) => {
        const copy = make(buffer.size, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
        encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
        return copy;
      });
      device.queue.submit([encoder.finish()]);
      assert.equal((await device.popErrorScope())?.message, undefined);
      await Promise.all(read.map((copy) => copy.mapAsync(GPUMapMode.READ)));
      return read.map((copy) => Float32Array.from(new Float32Array(copy.getMappedRange())));
    },
    dispose: () => {
      void gpu;
      for (const buffer of made) buffer.destroy();
      device.destroy();
    },
  };
}

function pipelineOf(device: GPUDevice, { label, code, access }: Kernel): GPUComputePipeline {
  const entries = access.map((kind, binding) => ({
    binding,
    visibility: GPUShaderStage.COMPUTE,
    buffer: { type: kind === 'read' ? ('read-only-storage' as const) : ('storage' as const) },
  }));
  const layout = device.createPipelineLayout({
    bindGroupLayouts: [device.createBindGroupLayout({ entries })],
  });
  return device.createComputePipeline({
    layout,
    compute: { module: device.createShaderModule({ label, code }), entryPoint: 'main' },
  });
}
