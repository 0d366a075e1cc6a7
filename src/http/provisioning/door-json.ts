import type { DoorExplained, SetBy } from '../../core/door-explained.ts';
import { timeJson } from './rule-json.ts';

type Json = Readonly<Record<string, unknown>>;

/** What a door decided by: who set it, when, why, and what changes it. */
export function doorJson({ what, subject, set, at, reason, holds, command, changedBy }: DoorExplained): Json {
  return {
    ...{
      what,
      about: subject ?? null,
      set_by: set === undefined ? null : setJson(set),
      set_at: timeJson(at),
    },
    ...{ reason: reason ?? null, holds: holds ?? null, command: command ?? null, changed_by: changedBy },
  };
}

function setJson(set: SetBy): Json {
  switch (set.kind) {
    case 'user':
      return { kind: 'user', user_id: set.user };
    case 'list':
      return { kind: 'list', list: set.list, state_key: set.key, sender: set.sender, entity: set.entity };
    case 'network':
      return { kind: 'network', network: set.network };
    case 'administrators':
    case 'config':
    case 'default':
      return { kind: set.kind };
  }
}
