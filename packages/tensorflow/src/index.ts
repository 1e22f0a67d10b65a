// Chooses a backend of TensorFlow.js for Node.js and makes it ready.
export * from './available.ts';
export { useBackend, type ActiveBackend, type BackendOptions } from './backend.ts';
export { BackendError, DeviceError } from './backend-error.ts';
