// A device of WebGPU that counts what it is asked for, and finds the memory of workgroups poisoned.
import { poisoned } from './poisoned-memory.ts';

export interface Counts {
  submissions: number;
  dispatches: number;
  /** Buffers, pipelines, bind groups, shaders. */
  made: number;
}

/** @param limits that it has instead of its own */
export function counted(
  device: GPUDevice,
  limits: Partial<GPUSupportedLimits> = {},
): { device: GPUDevice; counts: Counts } {
  const counts: Counts = { submissions: 0, dispatches: 0, made: 0 };
  const limited = new Proxy(device.limits, {
    get: (own, name) => Reflect.get(limits, name) ?? Reflect.get(own, name),
  });
  const watched: ProxyHandler<object> = {
    get: (own, name) => {
      const value: unknown = Reflect.get(own, name);
      if (name === 'limits') return limited;
      if (name === 'queue') return new Proxy(value as object, watched);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (name === 'submit') counts.submissions++;
        if (name === 'dispatchWorkgroups') counts.dispatches++;
        if (/^create(?!CommandEncoder)/.test(String(name))) counts.made++;
        const given = name === 'createShaderModule' ? args.map((module) => poisonedModule(module)) : args;
        const result: unknown = Reflect.apply(value, own, given);
        return name === 'createCommandEncoder' || name === 'beginComputePass'
          ? new Proxy(result as object, watched)
          : result;
      };
    },
  };
  return { device: new Proxy<object>(device, watched) as GPUDevice, counts };
}

function poisonedModule(module: unknown): unknown {
  const { code, ...rest } = module as GPUShaderModuleDescriptor;
  return { ...rest, code: poisoned(code) };
}
