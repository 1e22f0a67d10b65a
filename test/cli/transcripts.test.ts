// Whole sessions in rich projects: everything that commands print, as the files in `transcripts/` have it.
// `PIPE_RECORD=1 node --test test/cli/transcripts.test.ts` writes the files again: read what changed.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { listSaved } from '../../src/cache/cache.ts';
import { dvcProject } from './transcripts/dvc-project.ts';
import { ownProject } from './transcripts/own-project.ts';
import { play, type Names } from './transcripts/transcript.ts';

const FOLDER = join(import.meta.dirname, 'transcripts');

/** First line of a session that does so: the others of its kind play in one copy of the project. */
const CHANGES = '# Changes the project.\n';

for (const [kind, project] of [
  ['own', ownProject],
  ['dvc', dvcProject],
] as const)
  test(kind, async (t) => {
    const shared = await project(t);
    for (const file of readdirSync(join(FOLDER, kind)).sort())
      await t.test(file, async (inner) => {
        const path = join(FOLDER, kind, file);
        const text = readFileSync(path, 'utf8');
        const { root } = text.startsWith(CHANGES) ? await project(inner) : shared;
        const played = await play(text, root, namesIn(root));
        if (process.env['PIPE_RECORD']) return writeFileSync(path, played);
        const [now, before] = [played, text].map((session) => session.split('\n$ '));
        // A command each, so that a failure shows the one that differs.
        for (const [index, command] of now!.entries()) assert.equal(command, before![index]);
        assert.equal(played, text);
      });
  });

/** The folder, and the ids and times of what was saved, the oldest first. */
const namesIn =
  (root: string): Names =>
  () => [
    [root, 'ROOT'],
    ...['cache/saved', '.dvc/tmp/pipe/saved']
      .flatMap((folder) => listSaved(join(root, folder)))
      .flatMap(({ id, about }, index) => [
        [id, `SAVED-${index + 1}`] as const,
        [about.time, `TIME-OF-SAVED-${index + 1}`] as const,
      ]),
  ];
