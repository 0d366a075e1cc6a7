/**
 * What a room says of its bridge and of what can be sent in it: MSC2346 (`m.bridge`, and `uk.half-shot.bridge` as clients
 * know it), and `com.beeper.room_features`, whose levels go from -2 (refused) to 2 (fully supported).
 */
import { createHash } from 'node:crypto';
import type { MatrixUserId, NetworkId } from '../core/ids.ts';
import type { Feature, Level } from '../core/network.ts';
import type { PortalKey } from '../core/portal.ts';
import type { Allowance, RoomCapabilities } from '../core/room-rules.ts';
import { timerType } from './disappearing.ts';
import type { JsonObject } from './request.ts';

/** A state event to be written. */
export interface RoomState {
  readonly type: string;
  readonly key: string;
  readonly content: JsonObject;
}

/** Changes whenever this file writes something else for the same portal, so that rooms are told again. */
const format = 1;

/** The state that tells of the bridge, the same for the same portal, network and bot. */
export function bridgeInfo(
  key: PortalKey,
  network: { readonly id: NetworkId; readonly capabilities: RoomCapabilities },
  bot: MatrixUserId,
): readonly RoomState[] {
  const stateKey = `io.causeway://${network.id}/${encodeURIComponent(key.chat)}`;
  const content = {
    bridgebot: bot,
    creator: bot,
    protocol: { id: network.id, displayname: displayNameOf(network.id) },
    channel: { id: key.chat, displayname: key.chat },
    'com.beeper.room_type': key.receiver === undefined ? 'group' : 'dm',
  };
  return [
    { type: 'm.bridge', key: stateKey.slice(0, 255), content },
    { type: 'uk.half-shot.bridge', key: stateKey.slice(0, 255), content },
    { type: 'com.beeper.room_features', key: '', content: roomFeatures(network.capabilities) },
  ];
}

/** What has to change for a room to be told again. */
export function digestOf(state: readonly RoomState[]): string {
  return createHash('sha256')
    .update(JSON.stringify([format, state]))
    .digest('base64url');
}

/** What can be sent in a room, by its network and the rules, as clients read it from the room. */
export function roomFeatures(capabilities: RoomCapabilities): JsonObject {
  const { features, maxTextBytes, maxMediaBytes, allowances = {} } = capabilities;
  const level = (feature: Feature): number => levels[features[feature]];
  const file = (feature: Feature): JsonObject | undefined =>
    features[feature] === 'none'
      ? undefined
      : {
          mime_types: { '*/*': level(feature), ...typesOf(allowances[feature]) },
          caption: Math.min(level(feature), level('text')),
          max_size: Math.min(maxMediaBytes, allowances[feature]?.maxBytes ?? maxMediaBytes),
        };
  const files = {
    'm.image': file('image'),
    'm.video': file('video'),
    'm.audio': file('audio'),
    'm.file': file('file'),
    'org.matrix.msc3245.voice': file('voice'),
    'm.sticker': file('sticker'),
  };
  const about = {
    formatting: Object.fromEntries(formats.map((name) => [name, level('formatting')])),
    file: Object.fromEntries(Object.entries(files).filter(([, value]) => value !== undefined)),
    // A character may take four bytes: this many always fit.
    max_text_length: Math.floor(Math.min(maxTextBytes, allowances.text?.maxBytes ?? maxTextBytes) / 4),
    location_message: level('location'),
    poll: level('poll'),
    thread: level('thread'),
    reply: level('reply'),
    edit: level('edit'),
    delete: level('redaction'),
    reaction: level('reaction'),
    read_receipts: features['read-receipt'] !== 'none',
    typing_notifications: features.typing !== 'none',
    ...timers(level('disappearing')),
  };
  return { id: `io.causeway.${digestOfFeatures(about)}`, ...about };
}

/** Whether messages can be given a time; nothing is said of it where they cannot. */
function timers(level: number): JsonObject {
  if (level <= 0) return {};
  return { state: { [timerType]: { level } }, disappearing_timer: { types: ['after_read', 'after_send'] } };
}

function typesOf(allowance: Allowance | undefined): JsonObject {
  return Object.fromEntries([...(allowance?.types ?? [])].map(([type, level]) => [type, levels[level]]));
}

const levels: Readonly<Record<Level, number>> = { full: 2, partial: 1, fallback: 0, none: -2 };
const formats = [
  'bold',
  'italic',
  'strikethrough',
  'inline_code',
  'code_block',
  'blockquote',
  'inline_link',
] as const;

function digestOfFeatures(about: JsonObject): string {
  return createHash('sha256').update(JSON.stringify(about)).digest('hex').slice(0, 16);
}

/** Names that are written otherwise than with a capital at the beginning. */
const brands: ReadonlyMap<string, string> = new Map([
  ['xmpp', 'XMPP'],
  ['whatsapp', 'WhatsApp'],
  ['thirdparty', 'Third-party apps'],
]);

/** What a network is called. */
export function displayNameOf(network: string): string {
  return brands.get(network) ?? network.slice(0, 1).toUpperCase() + network.slice(1);
}
