// A device of WebGPU that computes nothing: what it is asked for can be counted without compiling it.

export function idleDevice(): GPUDevice {
  const idle: object = new Proxy(() => {}, {
    get: (_, name) => (name === 'then' ? undefined : idle),
    apply: () => idle,
  });
  const own: Readonly<Record<string, unknown>> = {
    limits: { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 },
    lost: new Promise(() => {}),
  };
  return new Proxy({}, { get: (_, name) => own[String(name)] ?? idle }) as GPUDevice;
}
