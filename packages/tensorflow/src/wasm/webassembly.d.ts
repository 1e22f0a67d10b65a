// The part of WebAssembly's JavaScript interface that is used here: the types of Node.js do not declare it.
declare namespace WebAssembly {
  class Module {
    constructor(code: BufferSource);
    static customSections(module: Module, name: string): ArrayBuffer[];
  }

  class Memory {
    private readonly memory: never;
  }

  class Instance {
    constructor(module: Module, imports: { readonly env: { readonly memory: Memory } });
    readonly exports: object;
  }
}
