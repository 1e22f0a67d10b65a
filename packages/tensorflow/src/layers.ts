// What models are made of and trained with: one set of functions, computed by the active backend in its fastest way.
export { activeLayers, provideLayers, type Layers } from './active-layers.ts';
export type { AdamNumbers, Moments } from './adam-update.ts';
export { EPSILON, MOMENTUM, type Normalised, type RunningStatistics } from './batch-norm.ts';
export { conv3x3, upConv2x2, upConv3x3 } from './conv.ts';
export type { Optimiser } from './optimiser.ts';
export { ownGradient, type WithSaved } from './own-gradient.ts';
export { bilinearMatrix, resizeSquare } from './resize.ts';
export { scoped } from './scope.ts';
export { squaredError } from './squared-error.ts';
export { structuralSimilarity } from './structural-similarity.ts';
