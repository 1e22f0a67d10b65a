// The model registry of the fake server: models, their versions and aliases.
import { Refusal } from './refusal.ts';
import type { KeyValue } from '../src/types.ts';

export interface FakeVersion {
  readonly name: string;
  readonly version: string;
  readonly run_id: string;
  readonly source: string;
  readonly description?: string;
  readonly tags?: readonly KeyValue[];
}

export interface FakeRegistry {
  readonly versions: FakeVersion[];
  /** `name@alias` → version. */
  readonly aliases: Map<string, string>;
}

interface Body {
  readonly name?: string;
  readonly alias?: string;
  readonly version?: string;
  readonly run_id?: string;
  readonly source?: string;
  readonly description?: string;
  readonly tags?: readonly KeyValue[];
}

export type Handlers = Record<string, (body: Body, query: URLSearchParams) => unknown>;

export function fakeRegistry(): { readonly registry: FakeRegistry; readonly handlers: Handlers } {
  const models = new Set<string>();
  const registry: FakeRegistry = { versions: [], aliases: new Map() };
  const shown = (name: string) => ({
    registered_model: {
      name,
      aliases: [...registry.aliases]
        .filter(([key]) => key.startsWith(`${name}@`))
        .map(([key, version]) => ({ alias: key.slice(name.length + 1), version })),
    },
  });
  const handlers: Handlers = {
    'registered-models/get': (_, query) => {
      const name = query.get('name')!;
      if (!models.has(name)) throw new Refusal(404, 'RESOURCE_DOES_NOT_EXIST', `no model ${name}`);
      return shown(name);
    },
    'registered-models/create': ({ name }) => {
      if (models.has(name!)) throw new Refusal(400, 'RESOURCE_ALREADY_EXISTS', 'there');
      models.add(name!);
      return shown(name!);
    },
    'registered-models/alias': ({ name, alias, version }) => {
      registry.aliases.set(`${name}@${alias}`, version!);
      return {};
    },
    'model-versions/search': (_, query) => {
      const [, name, run] = /^name='(.*)' and run_id='(.*)'$/.exec(query.get('filter')!)!;
      return { model_versions: registry.versions.filter((one) => one.name === name && one.run_id === run) };
    },
    'model-versions/get': (_, query) => {
      const found = registry.versions.find(
        ({ name, version }) => name === query.get('name') && version === query.get('version'),
      );
      if (found === undefined) throw new Refusal(404, 'RESOURCE_DOES_NOT_EXIST', 'no such version');
      return { model_version: found };
    },
    'model-versions/create': ({ name, run_id, source, description, tags = [] }) => {
      const own = registry.versions.filter((one) => one.name === name);
      const version: FakeVersion = {
        name: name!,
        version: String(own.length + 1),
        run_id: run_id!,
        source: source!,
        ...(description === undefined ? {} : { description }),
        ...(tags.length === 0 ? {} : { tags }),
      };
      registry.versions.push(version);
      return { model_version: version };
    },
  };
  return { registry, handlers };
}
