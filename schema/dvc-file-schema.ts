// The format of the files that DVC writes: `.dvc` files, and the part of dvc.lock that is checked when it is loaded.
import { z } from 'zod';

const checksum = z.union([
  z
    .string()
    .regex(/^(?:|[^]{3,})$/)
    .meta({ patternErrorMessage: 'expected a checksum' }),
  z.number(),
  z.null(),
]);
const checksums = { md5: checksum.optional(), checksum: checksum.optional(), etag: checksum.optional() };
const contents = {
  size: z.int().optional(),
  nfiles: z.int().optional(),
  isexec: z.boolean().optional(),
  version_id: z.string().optional(),
};
const cloud = z.record(z.string(), z.strictObject({ ...checksums, ...contents }));
const entry = {
  ...checksums,
  ...contents,
  hash: z.string().optional(),
  persist: z.boolean().optional(),
  cloud: cloud.optional(),
  files: z
    .array(z.strictObject({ relpath: z.string(), ...checksums, ...contents, cloud: cloud.optional() }))
    .optional(),
  fs_config: z.looseObject({}).optional(),
};
const out = z.strictObject({
  path: z.string(),
  ...entry,
  cache: z.boolean().optional(),
  remote: z.string().optional(),
  push: z.boolean().optional(),
  desc: z.string().optional(),
  type: z.string().optional(),
  labels: z.array(z.string()).optional(),
  meta: z.unknown().optional(),
});
const repo = z.strictObject({
  url: z.string(),
  rev: z.string().optional(),
  rev_lock: z.string().optional(),
  config: z.unknown().optional(),
  remote: z.unknown().optional(),
});
const db = z.record(z.string(), z.string());
const dep = z.strictObject({
  path: z.string().optional(),
  ...entry,
  repo: repo.optional(),
  db: db.optional(),
});

export const dvcFileSchema = z.strictObject({
  md5: checksum.optional(),
  wdir: z.string().nullable().optional(),
  deps: z.array(dep).nullable().optional(),
  outs: z.array(out).nullable().optional(),
  locked: z.boolean().optional(),
  frozen: z.boolean().optional(),
  meta: z.unknown().optional(),
  always_changed: z.boolean().optional(),
  desc: z.string().optional(),
});

const locked = z.strictObject({
  path: z.string(),
  ...checksums,
  ...contents,
  hash: z.string().optional(),
  cloud: cloud.optional(),
  files: entry.files,
  dataset: z.looseObject({}).optional(),
});

export const dvcLockSchema = z.strictObject({
  schema: z.literal('2.0'),
  datasets: z.unknown().optional(),
  stages: z
    .record(
      z.string(),
      z.strictObject({
        cmd: z.union([z.string(), z.array(z.unknown())]),
        deps: z.array(locked).optional(),
        params: z.record(z.string(), z.looseObject({})).optional(),
        outs: z.array(locked).optional(),
      }),
    )
    .optional(),
});
