// What models are made of and trained with: one set of functions, computed by the active backend in its fastest way.
export { activeLayers, provideLayers, type Layers } from './active-layers.ts';
export type { AdamNumbers, Moments } from './adam-update.ts';
export type { Normalised, RunningStatistics } from './batch-norm.ts';
export { conv3x3, upConv2x2, upConv3x3 } from './conv.ts';
export { EPSILON, MOMENTUM } from './normalisation-constants.ts';
export type { Optimiser } from './optimiser.ts';
export { ownGradient, type WithSaved } from './own-gradient.ts';
export { bilinearMatrix, resizeSquare } from './resize.ts';
export { scoped } from './scope.ts';
export { squaredError } from './squared-error.ts';
export { structuralSimilarity } from './structural-similarity.ts';
export { activeGpu, type Gpu } from './webgpu/gpu.ts';
export type { ImagePairs } from './webgpu/image-set.ts';
export type { LossShares } from './webgpu/kernels/losses.ts';
export type { ModelValues, RunningValues } from './webgpu/model-state.ts';
export type { Network, NetworkParameter, Operation, Shape } from './webgpu/network.ts';
export type { GpuTraining } from './webgpu/training.ts';
