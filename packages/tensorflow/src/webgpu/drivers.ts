// What a machine without an adapter of WebGPU lacks: Vulkan's loader, a driver for it, or a newer one.
import { existsSync, globSync, readFileSync } from 'node:fs';

const LOADERS = '/{usr/,}lib{,64}/{,*-linux-gnu/}libvulkan.so.1';
const DRIVERS = '/{usr/share,usr/local/share,etc}/vulkan/icd.d/*.json';

/** @param said what Dawn printed while it looked */
export function missingDriver(said: string): string {
  if (process.platform !== 'linux') return 'Dawn finds no GPU with Metal or Direct3D 12';
  if (globSync(LOADERS).length === 0)
    return `Vulkan's loader (libvulkan.so.1) is missing: ${packagesFor('loader')}`;
  const named = process.env['VK_DRIVER_FILES'] ?? process.env['VK_ICD_FILENAMES'];
  if (named === undefined && globSync(DRIVERS).length === 0)
    return `no driver for Vulkan is installed: ${packagesFor('driver')}; for NVIDIA's cards, NVIDIA's own driver`;
  const warning = /^Warning: (.*)$/m.exec(said)?.[1];
  return warning === undefined || /no drivers/i.test(warning)
    ? 'no driver for Vulkan finds a GPU; in a container, is the GPU passed to it (NVIDIA: NVIDIA_DRIVER_CAPABILITIES=all)?'
    : `Dawn refuses the drivers that are here (${warning.replace(/\.$/, '')}); newer ones may do`;
}

/** Names by the family of the distribution. */
const PACKAGES = {
  debian: { install: 'apt install', loader: 'libvulkan1', driver: 'mesa-vulkan-drivers' },
  fedora: { install: 'dnf install', loader: 'vulkan-loader', driver: 'mesa-vulkan-drivers' },
  arch: { install: 'pacman -S', loader: 'vulkan-icd-loader', driver: 'vulkan-radeon or vulkan-intel' },
} as const;

/** The command for this distribution, of all three where it is another. */
export function packagesFor(what: 'loader' | 'driver', release = '/etc/os-release'): string {
  const text = existsSync(release) ? readFileSync(release, 'utf8') : '';
  const names = [...text.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap(([, ids]) => ids!.split(' '));
  const families = { debian: ['debian', 'ubuntu'], fedora: ['fedora', 'rhel', 'centos'], arch: ['arch'] };
  const all = Object.keys(PACKAGES) as (keyof typeof PACKAGES)[];
  const known = all.filter((family) => families[family].some((name) => names.includes(name)));
  return (known.length > 0 ? known : all)
    .map((family) => `${PACKAGES[family].install} ${PACKAGES[family][what]}`)
    .join(', or ');
}
