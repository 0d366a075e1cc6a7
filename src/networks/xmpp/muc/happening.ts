/**
 * What happens in a room beside its messages (memberships, its name, topic and picture), in a form of the bridge's own
 * that can be kept until its turn comes: what it means is decided when it is heard, for later the room may look different.
 */
import xml, { type Element } from '@xmpp/xml';
import type { ChatInfoEvent, MembershipEvent, Party, Role } from '../../../core/event.ts';
import { parseMatrixUserId, remoteUserId } from '../../../core/ids.ts';
import type { Media } from '../../../core/media.ts';
import type { OpenedArrival } from '../../../core/network.ts';
import { scrubbed, attribute } from '../stanza.ts';
import { pictureMedia } from './picture.ts';
import { namespaces } from './namespaces.ts';

/** As in the core's events; a picture is its bytes. */
export type Happening =
  | { readonly kind: 'membership'; readonly member: Party; readonly change: MembershipEvent['change'] }
  | { readonly kind: 'name' | 'topic'; readonly text: string }
  | {
      readonly kind: 'avatar';
      readonly picture: { readonly mimetype: string; readonly base64: string } | undefined;
    };

/** The text to be kept as an arrival's `raw`. */
export function writeHappening(happening: Happening): string {
  return scrubbed(elementFor(happening)).toString();
}

function elementFor(happening: Happening): Element {
  const { kind } = happening;
  const xmlns = namespaces.happening;
  switch (kind) {
    case 'membership': {
      const { member, change } = happening;
      const attributes = { xmlns, kind, change: change.kind, in: member.in, member: member.userId };
      if (change.kind === 'role') return xml('happening', { ...attributes, role: change.role });
      if (change.kind === 'invite' && change.unvouched)
        return xml('happening', { ...attributes, vouched: 'no' });
      const reason = 'reason' in change ? change.reason : undefined;
      return xml('happening', attributes, ...(reason === undefined ? [] : [xml('reason', {}, reason)]));
    }
    case 'name':
    case 'topic':
      return xml('happening', { xmlns, kind }, happening.text);
    case 'avatar': {
      const { picture } = happening;
      const type = picture === undefined ? {} : { type: picture.mimetype };
      return xml('happening', { xmlns, kind, ...type }, picture?.base64 ?? '');
    }
  }
}

/** What an arrival's event has in common, whatever it is. */
export interface HappeningEnvelope {
  readonly cause: string;
  readonly sender: Party;
  readonly at: number;
}

/** Opens what `writeHappening` wrote. Total. */
export function openHappening(element: Element, envelope: HappeningEnvelope): OpenedArrival {
  const base = { ...envelope, name: undefined };
  const broken: OpenedArrival = { kind: 'ignored', reason: 'broken-event' };
  switch (attribute(element, 'kind')) {
    case 'membership': {
      const member = memberIn(element);
      const change = changeIn(element);
      if (member === undefined || change === undefined) return broken;
      return { kind: 'event', event: { ...base, kind: 'membership', member, change } };
    }
    case 'name':
      return info({ kind: 'name', name: element.getText() });
    case 'topic':
      return info({ kind: 'topic', topic: element.getText() });
    case 'avatar':
      return info({ kind: 'avatar', avatar: avatarIn(element) });
    default:
      return broken;
  }

  function info(change: ChatInfoEvent['change']): OpenedArrival {
    return { kind: 'event', event: { ...base, kind: 'chat-info', change } };
  }
}

function memberIn(element: Element): Party | undefined {
  const member = attribute(element, 'member');
  if (member === undefined) return undefined;
  switch (attribute(element, 'in')) {
    case 'matrix': {
      const userId = parseMatrixUserId(member);
      return userId === undefined ? undefined : { in: 'matrix', userId };
    }
    case 'remote':
      return { in: 'remote', userId: remoteUserId(member) };
    default:
      return undefined;
  }
}

const roles: readonly Role[] = ['owner', 'admin', 'moderator', 'member', 'visitor'];

function changeIn(element: Element): MembershipEvent['change'] | undefined {
  const kind = attribute(element, 'change');
  switch (kind) {
    case 'join':
    case 'unban':
      return { kind };
    case 'invite':
      return { kind, ...(attribute(element, 'vouched') === 'no' && { unvouched: true }) };
    case 'leave':
    case 'kick':
    case 'ban':
      return { kind, reason: element.getChildText('reason') ?? undefined };
    case 'role': {
      const role = roles.find((known) => known === attribute(element, 'role'));
      return role === undefined ? undefined : { kind, role };
    }
    default:
      return undefined;
  }
}

function avatarIn(element: Element): Media | undefined {
  const mimetype = attribute(element, 'type');
  return mimetype === undefined ? undefined : pictureMedia({ mimetype, base64: element.getText() });
}
