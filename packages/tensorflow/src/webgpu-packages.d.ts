// Types of the optional package of the WebGPU backend, which is not installed when types are checked.
declare module 'webgpu' {
  interface Adapter extends GPUAdapter {
    readonly info: {
      readonly vendor: string;
      readonly architecture: string;
      readonly device: string;
      readonly description: string;
      readonly isFallbackAdapter: boolean;
    };
  }

  interface Gpu {
    requestAdapter(options: { readonly powerPreference: string }): Promise<Adapter | null>;
  }

  /** What WebGPU defines globally in browsers. */
  export const globals: object;
  /** @param options toggles of Dawn */
  export function create(options: readonly string[]): Gpu;
}
