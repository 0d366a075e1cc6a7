/** The request that makes a group's room: https://spec.matrix.org/v1.16/client-server-api/#post_matrixclientv3createroom */
import type { FirstMember } from '../core/homeserver.ts';
import type { MatrixUserId, MxcUri } from '../core/ids.ts';
import type { RemoteGroup } from '../core/network.ts';
import type { GroupIntent } from '../core/portal.ts';
import { powerOf } from '../core/roles.ts';
import { cleanLine, cleanText } from './clean-text.ts';
import type { JsonObject } from './request.ts';
import { hasPrivilegedCreators } from './room-versions.ts';

export interface GroupCreation {
  readonly intent: GroupIntent;
  readonly group: RemoteGroup;
  readonly members: readonly FirstMember[];
  readonly avatar: MxcUri | undefined;
  readonly bot: MatrixUserId;
  readonly version: string;
  readonly federate: boolean;
  readonly tag: string;
  readonly info: readonly JsonObject[];
}

/** Above owners, whom the bot must be able to lower; in a room of version 12 it is above them as its creator. */
const botPower = 9_001;
export const longestName = 255;
export const longestTopic = 4_000;

/**
 * In an open group everybody may read what was said before, as on most networks; else from their invitation on. Users
 * may invite, since whoever they invite has to be let in by the network; the rest goes by role.
 */
export function groupCreation(creation: GroupCreation): JsonObject {
  const { intent, group, avatar, version, info } = creation;
  const topic = cleanText(group.topic ?? '', longestTopic);
  const name = cleanLine(group.name ?? '', longestName);
  return {
    preset: 'private_chat',
    name: name === '' ? cleanLine(intent.key.chat, longestName) : name,
    ...(topic === '' ? {} : { topic }),
    room_version: version,
    creation_content: {
      ...(creation.federate ? {} : { 'm.federate': false }),
      [creation.tag]: { id: intent.id, network: intent.key.network, chat: intent.key.chat },
    },
    power_level_content_override: powerLevels(creation),
    initial_state: [
      state('m.room.history_visibility', { history_visibility: group.open ? 'shared' : 'invited' }),
      state('m.room.guest_access', { guest_access: 'forbidden' }),
      ...(avatar === undefined ? [] : [state('m.room.avatar', { url: avatar })]),
      ...info,
    ],
  };
}

function powerLevels({ bot, version, members }: GroupCreation): JsonObject {
  const roles = members
    .filter(({ role }) => role !== 'member')
    .map(({ user, role }): [string, number] => [user, powerOf(role)]);
  const users = hasPrivilegedCreators(version) ? roles : [[bot, botPower] as const, ...roles];
  return {
    users: Object.fromEntries(users),
    users_default: 0,
    events_default: 0,
    state_default: 50,
    invite: 0,
    kick: 50,
    ban: 50,
    redact: 50,
    events: {
      'm.room.name': 50,
      'm.room.topic': 50,
      'm.room.avatar': 50,
      'm.room.power_levels': 90,
      'm.room.history_visibility': 100,
      'm.room.tombstone': 100,
      'm.room.server_acl': 100,
      'm.room.encryption': 100,
      'm.bridge': 100,
      'uk.half-shot.bridge': 100,
      'com.beeper.room_features': 100,
    },
  };
}

function state(type: string, content: JsonObject): JsonObject {
  return { type, state_key: '', content };
}
