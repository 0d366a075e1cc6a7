import { noMentions, type BridgeEvent, type Content, type Party, type Target } from '../../src/core/event.ts';
import {
  matrixEventId,
  matrixUserId,
  networkId,
  portalId,
  remoteChatId,
  remoteMessageId,
  remoteUserId,
  roomId,
  type NetworkId,
} from '../../src/core/ids.ts';
import type { Media, MediaKind } from '../../src/core/media.ts';
import type { Feature } from '../../src/core/network.ts';
import { failedForGood } from '../../src/core/outcome.ts';
import type { Direction } from '../../src/core/policy.ts';
import type { DirectPortal, GroupPortal, Portal } from '../../src/core/portal.ts';
import type { AuthoredRule, Rule } from '../../src/rules/rule.ts';
import { compile, type Surroundings } from '../../src/rules/compile.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';

export const alice = matrixUserId('@alice:hs');
export const bob = remoteUserId('bob@x');
export const noGroups: Surroundings = { userGroups: {}, regions: {} };

/** A rule of the configuration, with what a test is about. */
export function ruleOf(rule: Partial<Rule> & Pick<Rule, 'features' | 'action'>): AuthoredRule {
  return { rule: { id: 'r', ...rule }, author: { kind: 'config' } };
}

/** Rules that are known to be good. */
export function rulesOf(rules: readonly AuthoredRule[], around: Surroundings = noGroups): RuleSet {
  const compiled = compile(rules, around);
  if (compiled.kind === 'refused') throw new Error(JSON.stringify(compiled.problems));
  return compiled.rules;
}

export function chatOn(network: NetworkId, kind: 'direct'): DirectPortal;
export function chatOn(network: NetworkId, kind: 'group'): GroupPortal;
export function chatOn(network: NetworkId, kind: Portal['kind']): Portal;
export function chatOn(network: NetworkId, kind: Portal['kind'] = 'direct'): Portal {
  const common = { id: portalId('p'), room: roomId('!room:hs') };
  if (kind === 'group') {
    return { ...common, kind, key: { network, chat: remoteChatId('group@x'), receiver: undefined } };
  }
  return {
    ...{ ...common, kind, remote: bob },
    key: { network, chat: remoteChatId('bob@x'), receiver: alice },
  };
}

export const loopback = networkId('loopback');

/** Who sends in a direction. */
export function senderOf(direction: Direction): Party {
  return direction === 'to-network' ? { in: 'matrix', userId: alice } : { in: 'remote', userId: bob };
}

export function fileOf(kind: MediaKind, over: Partial<Media> = {}): Media {
  return {
    ...{ kind, name: `a ${kind}`, mimetype: 'application/x-test', size: 1_000, width: undefined },
    ...{ height: undefined, duration: undefined, waveform: undefined, blurhash: undefined },
    ...{ thumbnail: undefined, open: async () => failedForGood('media-gone') },
    ...over,
  };
}

export const target: Target = {
  eventIds: [matrixEventId('$old')],
  messageIds: [remoteMessageId('old')],
  author: { in: 'matrix', userId: alice },
};

export function messageOf(direction: Direction, content: Content, cause = 'c'): BridgeEvent {
  return {
    ...{ kind: 'message', cause, sender: senderOf(direction), name: undefined, at: 0, content },
    ...{ mentions: noMentions, replyTo: undefined, thread: undefined },
  };
}

export function textOf(plain: string, html?: string): Content {
  return { kind: 'text', style: 'normal', text: { plain, html } };
}

/** An event that uses a feature, and beside it at most text. */
export function eventWith(feature: Feature, direction: Direction): BridgeEvent {
  const sender = senderOf(direction);
  const own = { ...target, author: sender };
  const head = { cause: 'c', sender, name: undefined, at: 0 };
  const message = (content: Content): BridgeEvent => messageOf(direction, content);
  const answer = { ...head, content: textOf('hello'), mentions: noMentions };
  switch (feature) {
    case 'text':
      return message(textOf('hello'));
    case 'formatting':
      return message(textOf('hello', '<b>hello</b>'));
    case 'link':
      return message(textOf('see https://example.org/a'));
    case 'image':
    case 'video':
    case 'audio':
    case 'voice':
    case 'file':
    case 'sticker':
    case 'contact':
      return message({ kind: 'media', media: fileOf(feature), caption: undefined });
    case 'location':
      return message({
        kind: 'location',
        place: { latitude: 1.5, longitude: 2, accuracy: undefined, description: 'here' },
      });
    case 'poll':
      return message({
        kind: 'poll',
        poll: {
          ...{ question: 'when?', maxSelections: 1, disclosed: true },
          answers: [
            { id: 'a', text: 'now' },
            { id: 'b', text: 'later' },
          ],
        },
      });
    case 'reply':
      return { ...answer, kind: 'message', replyTo: target, thread: undefined };
    case 'thread':
      return { ...answer, kind: 'message', replyTo: undefined, thread: target };
    case 'mention':
      return {
        ...{ ...answer, kind: 'message', replyTo: undefined, thread: undefined },
        mentions: { users: [{ in: 'remote', userId: bob }], room: false },
      };
    case 'edit':
      return { ...answer, kind: 'edit', target: own };
    case 'reaction':
      return {
        ...{ ...head, kind: 'reaction', target },
        reactions: { emojis: ['👍'], previous: [], previousEvents: new Map() },
      };
    case 'redaction':
      return { ...head, kind: 'redaction', target: own };
    case 'delivery-receipt':
      return { ...head, kind: 'receipt', receipt: 'delivered', target };
    case 'read-receipt':
      return { ...head, kind: 'receipt', receipt: 'read', target };
    case 'typing':
      return { ...head, kind: 'typing', typing: true };
    case 'presence':
      return { ...head, kind: 'presence', presence: 'online', status: undefined };
    case 'group':
      return message(textOf('hello'));
    case 'call':
      return { ...head, at: Date.now(), kind: 'call', change: 'ring', call: 'c', media: 'audio' };
    case 'disappearing':
      return {
        ...{ ...answer, kind: 'message', replyTo: undefined, thread: undefined },
        expires: { afterMs: 60_000, from: 'sending' },
      };
  }
}
