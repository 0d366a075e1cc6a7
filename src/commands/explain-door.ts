import type { DoorExplained } from '../core/door-explained.ts';
import { ago, type Language } from '../texts/catalogue.ts';
import type { Block } from './command.ts';
import { line } from './reply.ts';

/** What a door decided, line by line: what it was, who set it and when, why, and how it is changed. */
export function doorLines(
  language: Language,
  door: DoorExplained,
  now: number,
  admin: boolean,
): readonly Block[] {
  const { reason, holds } = door;
  return [
    whatLine(language, door),
    ...setLine(language, door, now),
    ...(reason === undefined ? [] : [line(language, 'explain.reason', { reason })]),
    ...(holds === false ? [line(language, 'explain.holds-no-more')] : changeLine(language, door, admin)),
  ];
}

function whatLine(language: Language, { what, set, subject }: DoorExplained): Block {
  switch (what) {
    case 'not-enabled':
      return line(language, 'explain.door.not-enabled', { network: subject ?? '' });
    case 'policy-list': {
      const [list, key] = set?.kind === 'list' ? [set.list, set.key] : [subject ?? '', ''];
      return line(language, 'explain.door.policy-list', { list, key });
    }
    default:
      return line(language, `explain.door.${what}`);
  }
}

function setLine(language: Language, { set, at }: DoorExplained, now: number): readonly Block[] {
  const when = at === undefined ? undefined : ago(language, at, now);
  switch (set?.kind) {
    case undefined:
      return [];
    case 'user':
      return when === undefined
        ? [line(language, 'explain.set.user', { who: set.user })]
        : [line(language, 'explain.set.user-at', { who: set.user, when })];
    case 'list':
      return [
        line(language, 'explain.set.list', { sender: set.sender, entity: set.entity, when: when ?? '–' }),
      ];
    case 'default':
      return when === undefined
        ? [line(language, 'explain.set.default')]
        : [line(language, 'explain.set.default-at', { when })];
    case 'network':
      return [line(language, 'explain.set.network', { network: set.network })];
    case 'administrators':
    case 'config':
      return [line(language, `explain.set.${set.kind}`)];
  }
}

function changeLine(
  language: Language,
  { changedBy, command, what }: DoorExplained,
  admin: boolean,
): readonly Block[] {
  switch (changedBy) {
    case 'nobody':
      return [];
    case 'user':
      if (command !== undefined) return [line(language, 'explain.change.user', { command })];
      return what === 'ignored-by-user' ? [line(language, 'explain.change.user-client')] : [];
    case 'administrators':
      if (!admin) return [line(language, 'explain.change.ask')];
      return command === undefined
        ? [line(language, 'explain.change.configuration')]
        : [line(language, 'explain.change.administrators', { command })];
  }
}
