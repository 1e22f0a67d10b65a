// `pipe status --json`: the report as plain data, with the reasons both as fields and in words.
import { toJson, type Json } from '../../base/spelling.ts';
import type { Reason } from '../../plan/decision.ts';
import type { FileChange } from '../../plan/folder-changes.ts';
import { describeReason } from './reason-text.ts';
import { reasonsOf } from './fold-stages.ts';
import { countStates, missingOverlay, stateOf, type StatusReport } from './status-report.ts';

/** Data for `JSON.stringify`. */
export function statusJson(report: StatusReport): Json {
  return {
    counts: { ...countStates(report), vanished: report.vanished.length },
    stages: report.stages.map(({ stage, decision }) => ({
      name: stage.address,
      group: stage.group,
      state: stateOf(decision),
      decision: decision.kind,
      reasons: reasonsOf(decision).map((reason) => ({
        ...reasonJson(reason),
        ...filesJson(reason, report.folders?.get(stage.address)),
      })),
      ...(decision.kind === 'blocked' && { waits_for: decision.on }),
      ...(decision.kind === 'restore' && { from: decision.from }),
    })),
    vanished: report.vanished.map(({ name, paths }) => ({ name, paths })),
    overlay: {
      last: { files: report.overlay.last.files, set: report.overlay.last.set },
      now: { files: report.overlay.now.files, set: report.overlay.now.set },
      missing_flags: missingOverlay(report.overlay),
    },
  };
}

/** A reason as JSON: its kind, what it is about, old and new value, and the words for it. */
export function reasonJson(reason: Reason): { readonly [key: string]: Json } {
  const text = describeReason(reason);
  switch (reason.kind) {
    case 'changed': {
      const { change } = reason;
      return {
        kind: change.kind,
        key: change.key,
        status: change.status,
        ...(change.old !== undefined && { old: toJson(change.old) }),
        ...(change.new !== undefined && { new: toJson(change.new) }),
        text,
      };
    }
    case 'out-missing':
    case 'out-modified':
    case 'out-not-in-cache':
      return { kind: reason.kind, path: reason.path, text };
    case 'new':
    case 'always-changed':
    case 'forced':
      return { kind: reason.kind, text };
  }
}

function filesJson(
  reason: Reason,
  folders: ReadonlyMap<string, readonly FileChange[]> | undefined,
): { readonly [key: string]: Json } {
  const path = reason.kind === 'changed' ? reason.change.key[0] : 'path' in reason ? reason.path : undefined;
  const files = path === undefined ? undefined : folders?.get(path);
  return files ? { files: files.map(({ path: file, status }) => ({ path: file, status })) } : {};
}
