// What is used of WebAssembly's JavaScript interface; the types of Node.js leave it to the browser's.
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
