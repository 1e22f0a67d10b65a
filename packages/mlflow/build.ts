import { buildPackage } from '../../scripts/build-package.ts';

buildPackage(import.meta.dirname);
