import { buildPackage } from '../../scripts/build-package.ts';
import { compileKernels } from './compile-kernels.ts';

await compileKernels();
buildPackage(import.meta.dirname, ['wasm/assembly/kernels.wasm']);
