// Writes the files that an edit of declarations changes.
import { rmSync } from 'node:fs';
import { absolutePath } from '../../base/workspace-path.ts';
import { crashPoint } from '../../disk/crash-point.ts';
import type { FileEdits } from '../../pipeline/data-declarations.ts';
import { writePipeline } from '../write-pipeline.ts';

/** New and changed files first, so that what is moved is declared all the time. */
export function writeEdits(root: string, edits: FileEdits): void {
  for (const [file, text] of edits) if (text !== undefined) writePipeline(absolutePath(root, file), text);
  for (const [file, text] of edits) {
    if (text !== undefined) continue;
    crashPoint('remove declaration');
    rmSync(absolutePath(root, file), { force: true });
  }
}
