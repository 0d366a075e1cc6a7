/** What a room says of itself: https://xmpp.org/extensions/xep-0045.html#disco-roominfo */
import xml, { type Element } from '@xmpp/xml';
import type { RemoteChatId } from '../../../core/ids.ts';
import type { RemoteGroup } from '../../../core/network.ts';
import { failedForGood, failedForNow, type Failed } from '../../../core/outcome.ts';
import { xmlText } from '../characters.ts';
import type { Link } from '../client.ts';
import type { Answer } from '../iq.ts';
import { attribute } from '../stanza.ts';
import { moderationVersion, type ModerationVersion } from './moderation.ts';
import { namespaces } from './namespaces.ts';
import { pictureAvatar, pictureIn, type Picture } from './picture.ts';

export interface RoomInfo {
  readonly kind: 'room';
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly topic: string | undefined;
  readonly occupants: number | undefined;
  /** Whether anybody may enter. */
  readonly open: boolean;
  /** Whether all occupants see each other's real addresses. */
  readonly showsAddresses: boolean;
  /** Whether it has an archive (XEP-0313), whose ids are the stanza-ids of its messages. */
  readonly archive: boolean;
  /** Whether the ids that it puts on messages can be trusted (XEP-0359). */
  readonly stanzaIds: boolean;
  readonly occupantIds: boolean;
  /** How its moderators take back what others wrote (XEP-0425); `undefined` where they cannot. */
  readonly moderation: ModerationVersion | undefined;
  readonly vcard: boolean;
  /** Changes when the picture does, where the room says so. */
  readonly avatarHash: string | undefined;
}

const patienceMs = 20_000;
const longestText = 10_000;

/** Asks a room. `no-such-group` where there is none, or where the address is none of a room. */
export async function askRoomInfo(link: Link, from: string, room: string): Promise<RoomInfo | Failed> {
  const child = xml('query', namespaces.discoInfo);
  const answer = await link.ask({ type: 'get', from, to: room, child }, patienceMs);
  if (answer.kind !== 'result') return failureOf(answer, 'no-such-group');
  const query = answer.stanza.getChild('query', namespaces.discoInfo);
  return (query && readRoomInfo(query)) ?? failedForGood('no-such-group');
}

/** Reads an answer to disco#info; `undefined` where it is none of a room. */
export function readRoomInfo(query: Element): RoomInfo | undefined {
  const features = new Set(query.getChildren('feature').map((feature) => attribute(feature, 'var')));
  const identity = query
    .getChildren('identity')
    .find((found) => attribute(found, 'category') === 'conference');
  if (identity === undefined || !features.has(namespaces.muc)) return undefined;
  const fields = fieldsOf(query);
  const archive = features.has(namespaces.mam);
  const roomInfo = (name: string): string | undefined => fields.get(`muc#roominfo_${name}`);
  const count = roomInfo('occupants') ?? '';
  return {
    kind: 'room',
    name: line(attribute(identity, 'name')) ?? line(fields.get('muc#roomconfig_roomname')),
    description: roomInfo('description'),
    topic: roomInfo('subject'),
    occupants: /^\d{1,9}$/.test(count) ? Number(count) : undefined,
    open: !features.has('muc_membersonly') && !features.has('muc_passwordprotected'),
    showsAddresses: features.has('muc_nonanonymous'),
    archive,
    stanzaIds: archive || features.has(namespaces.stanzaId),
    occupantIds: features.has(namespaces.occupantId),
    moderation: moderationVersion(features),
    vcard: features.has(namespaces.vcard),
    avatarHash:
      fields.get('muc#roominfo_avatarhash') ??
      fields.get('{http://modules.prosody.im/mod_vcard_muc}avatar#sha1'),
  };
}

/** The room's picture, `none` where it has none, a failure where it could not be asked. */
export async function askPicture(link: Link, from: string, room: string): Promise<Picture | 'none' | Failed> {
  const child = xml('vCard', namespaces.vcard);
  const answer = await link.ask({ type: 'get', from, to: room, child }, patienceMs);
  if (answer.kind === 'no-answer') return failureOf(answer, 'unreachable');
  return answer.kind === 'error' ? 'none' : (pictureIn(answer.stanza) ?? 'none');
}

/** In the words of the core. */
export function groupOf(
  chat: RemoteChatId,
  info: RoomInfo,
  picture: Picture | 'none' | undefined,
): RemoteGroup {
  const group = { chat, name: info.name, topic: info.topic, size: info.occupants, open: info.open };
  if (picture === undefined) return group;
  return { ...group, avatar: pictureAvatar(picture === 'none' ? undefined : picture) };
}

/** A failed question as a failure. What the room or its server refuses is `refused`. */
export function failureOf(
  answer: Exclude<Answer, { kind: 'result' }>,
  missing: 'no-such-group' | 'unreachable' | 'no-such-user',
): Failed {
  if (answer.kind === 'no-answer') return failedForNow(answer.why);
  const cause = new Error(answer.condition);
  switch (answer.condition) {
    case 'item-not-found':
    case 'gone':
    case 'service-unavailable':
    case 'feature-not-implemented':
    case 'jid-malformed':
      return failedForGood(missing, cause);
    case 'forbidden':
    case 'not-allowed':
    case 'not-authorized':
    case 'registration-required':
      return failedForGood('forbidden', cause);
    case 'remote-server-not-found':
    case 'remote-server-timeout':
    case 'recipient-unavailable':
      return failedForNow('unreachable', cause);
    case 'resource-constraint':
    case 'policy-violation':
      return failedForNow('rate-limited', cause, 10_000);
    case 'not-acceptable':
      return failedForNow('link-down', cause);
    default:
      return failedForGood('network-refused', cause);
  }
}

/** The single values of the forms in an answer. */
function fieldsOf(query: Element): ReadonlyMap<string, string> {
  const fields = query.getChildren('x', namespaces.form).flatMap((form) => form.getChildren('field'));
  return new Map(
    fields.slice(0, 200).flatMap((field): (readonly [string, string])[] => {
      const name = attribute(field, 'var');
      const value = xmlText(field.getChildText('value') ?? '').slice(0, longestText);
      return name === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}

function line(name: string | undefined): string | undefined {
  const text = Array.from(
    xmlText(name ?? '')
      .replace(/\s+/g, ' ')
      .trim(),
  )
    .slice(0, 500)
    .join('');
  return text === '' ? undefined : text;
}
