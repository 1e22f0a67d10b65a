// What an adapter of WebGPU is, by how it describes itself: WebGPU does not say whether a GPU has memory of its own.

export type AdapterKind = 'discrete' | 'integrated' | 'software' | 'unknown';

export interface AdapterDescription {
  /** As its driver names it. */
  readonly name: string;
  /** Of the chip, in small letters: `nvidia`. */
  readonly vendor: string;
  /** Family of the chip: `xe-hpg`. */
  readonly architecture: string;
  /** The driver with its version. */
  readonly driver: string;
  /** WebGPU's own flag of software. */
  readonly isFallback: boolean;
}

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i;
/** Vendors whose GPUs share the memory of the processor. */
const SHARED = /^(?:apple|arm|qualcomm|img-tec|broadcom|samsung)$/;

export function kindOf({ name, vendor, architecture, driver, isFallback }: AdapterDescription): AdapterKind {
  if (isFallback || [name, architecture, driver].some((text) => SOFTWARE.test(text))) return 'software';
  if (SHARED.test(vendor)) return 'integrated';
  switch (vendor) {
    case 'nvidia':
      return /tegra|orin|xavier|thor|\bgb10\b/i.test(name) ? 'integrated' : 'discrete';
    case 'amd':
      return /radeon (?:rx|pro|r[579]\b)|instinct|firepro|\bw\d{4}\b/i.test(name) ? 'discrete' : 'integrated';
    case 'intel':
      return /-hp[gc]$/.test(architecture) || /\b(?:a|b)\d{2,3}m?\b|data center|\bmax \d/i.test(name)
        ? 'discrete'
        : 'integrated';
    default:
      return 'unknown';
  }
}
