import type { MatrixArrival } from '../core/homeserver.ts';
import type { MatrixUserId } from '../core/ids.ts';
import type { Health, RemoteProfile } from '../core/network.ts';
import type { GroupPortal } from '../core/portal.ts';
import type { RequestRoomStore } from '../core/request-room.ts';
import type { MatrixSignal } from '../core/signals.ts';
import type { Stores } from '../core/stores.ts';
import type { Log } from '../core/task.ts';
import type { HomeserverWatch } from '../core/watch.ts';
import type { Engine } from '../crypto/megolm/engine.ts';
import type { AliasKey } from './alias-id.ts';
import type { MatrixConfig } from './config.ts';
import type { GhostKey } from './ghost-id.ts';
import type { GroupOptions } from './group-side.ts';
import type { PuppetsOptions } from './puppets.ts';
import type { LookupDeps } from './third-party.ts';
import type { VoiceRecoder } from './uploads.ts';

/** What the Matrix side is given by the rest of the bridge. */
export interface HomeserverOptions {
  readonly config: MatrixConfig;
  readonly stores: Stores;
  readonly log: Log;
  readonly groups: GroupOptions;
  /** Keeps events in their order; resolves once they are durable. Called again for the same event after a crash or gap. */
  readonly keep: (arrivals: readonly MatrixArrival[]) => Promise<void>;
  /** The rooms in which users talk with the bot beside their management rooms. */
  readonly requestRooms?: Pick<RequestRoomStore, 'rooms'>;
  /** The bot may not read the room of a group any more. Must not throw. */
  readonly shutOut: (portal: GroupPortal) => void;
  /** Somebody asks for a ghost that may not exist: the profile of the person, where there can be such a person. */
  readonly ghostWanted: (key: GhostKey) => Promise<RemoteProfile | undefined>;
  /** Somebody asks for the room of a group by its alias: whether the alias points at one now. Never throws. */
  readonly aliasWanted?: (key: AliasKey) => Promise<boolean>;
  /** How networks name people and groups in the room directory; nothing can be looked up where it is absent. */
  readonly thirdParty?: LookupDeps['thirdParty'];
  /** Takes what users signal (typing, reading, presence); must not throw. */
  readonly signal: (signal: MatrixSignal) => void;
  /** How many requests for the presence of ghosts the homeserver gets in a second. */
  readonly presencePerSecond: number;
  /** A user has another name or picture than before. */
  readonly profileChanged: (user: MatrixUserId) => void;
  /** Called at each change of the link: waiting events are tried again at once when it is back. */
  readonly linkChanged: (health: Health) => void;
  /** Makes voice messages playable on Matrix; they go as they came where it is absent. */
  readonly recodeVoice?: VoiceRecoder;
  /** Encrypts and decrypts; without it the bridge does not work in encrypted rooms. */
  readonly engine?: Engine | undefined;
  /** Is told of all that is asked on either side. */
  readonly watch?: HomeserverWatch;
  /** How far double puppeting is offered to a user; to nobody where absent. */
  /** Whether a user lets nobody see what they have read; nobody is so where absent. Never throws. */
  readonly isQuiet?: (user: MatrixUserId) => Promise<boolean>;
  readonly puppetLevelOf?: PuppetsOptions['levelOf'];
}
