// Types of the optional packages of the WebGPU backend, which are not installed when types are checked.
declare module 'webgpu' {
  interface Adapter {
    readonly info: { readonly vendor: string; readonly device: string; readonly description: string };
  }

  interface Gpu {
    requestAdapter(options: { readonly powerPreference: string }): Promise<Adapter | null>;
  }

  /** What WebGPU defines globally in browsers. */
  export const globals: object;
  /** @param options toggles of Dawn */
  export function create(options: readonly string[]): Gpu;
}

/** Imported for the backend that it registers. */
declare module '@tensorflow/tfjs-backend-webgpu';
