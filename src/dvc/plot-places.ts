// Where a DVC repository has templates of plots, and where its configuration says that pages are written.
import { isAbsolute, join } from 'node:path';
import type { PlotPlaces } from '../dialect.ts';
import { isOn, readDvcConfig } from './config.ts';

export function dvcPlotPlaces(root: string): PlotPlaces {
  const config = readDvcConfig(root);
  const plots = config.get('plots');
  const folder = join(root, '.dvc');
  const page = plots?.get('html_template')?.value;
  return {
    templates: join(folder, 'plots'),
    out: plots?.get('out_dir')?.value ?? 'dvc_plots',
    opens: isOn(config, 'plots', 'auto_open'),
    ...(page && { htmlTemplate: isAbsolute(page) ? page : join(folder, page) }),
  };
}
