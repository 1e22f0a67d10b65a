// Events for programs: one JSON object per line, as they happen.
import type { Decision } from '../../plan/decision.ts';
import type { RunEvent } from '../../run/event.ts';
import type { Output, Renderer } from './output.ts';
import { shownPlace } from '../text/problem-text.ts';
import { reasonJson } from '../status/status-json.ts';

export function makeJsonLog({ stream }: { readonly stream: Output }): Renderer {
  return {
    event: (event) => stream.write(`${JSON.stringify(eventJson(event))}\n`),
    end() {},
  };
}

/** Data for `JSON.stringify`; times are milliseconds since 1970. */
export function eventJson(event: RunEvent): object {
  switch (event.type) {
    case 'decided':
      return { ...event, decision: decisionJson(event.decision) };
    case 'start':
    case 'restored':
    case 'ran':
      return { ...event, reasons: event.reasons.map(reasonJson) };
    case 'run-start':
    case 'waiting':
    case 'hash':
    case 'fetch':
    case 'vanished':
    case 'saved':
    case 'output':
    case 'job':
    case 'progress':
    case 'fresh':
    case 'skipped':
    case 'work':
    case 'stopping':
    case 'ignored':
    case 'run-end':
      return event;
    case 'failed':
    case 'warning':
      return { ...event, problem: { ...event.problem, place: shownPlace(event.problem) } };
  }
}

function decisionJson(decision: Decision): object {
  return decision.kind === 'fresh' ? decision : { ...decision, reasons: decision.reasons.map(reasonJson) };
}
