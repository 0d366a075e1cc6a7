import { matrixUserId, roomId } from '../../src/core/ids.ts';
import { EncryptedRooms } from '../../src/matrix/crypto/encrypted-rooms.ts';
import { Identities } from '../../src/matrix/crypto/identities.ts';
import { RoomBook } from '../../src/matrix/crypto/room-book.ts';
import { Sealer, type SealerDeps } from '../../src/matrix/crypto/sealer.ts';
import { EventSender } from '../../src/matrix/event-sender.ts';
import type { Masquerade } from '../../src/matrix/request.ts';
import { FakeEngine } from './fake-engine.ts';
import { RecordingLog } from './recording-log.ts';
import { RoomServer } from './room-server.ts';

export const room = roomId('!room:server');
export const [alice, bob] = [matrixUserId('@alice:server'), matrixUserId('@bob:server')];
export const [ghost, bot] = [matrixUserId('@_net_ghost:server'), matrixUserId('@bot:server')];
export const isOwn = (user: string): boolean => user.startsWith('@_net') || user === bot;
export const as = { userId: ghost, deviceId: 'D' };

export interface SealingScene {
  readonly server: RoomServer;
  readonly engine: FakeEngine;
  readonly book: RoomBook;
  readonly identities: Identities;
  readonly rooms: EncryptedRooms;
  readonly log: RecordingLog;
  /** The devices that were made, by id. */
  readonly accounts: { readonly made: readonly string[] };
  /** Rooms that turned out to be encrypted. */
  readonly encrypted: readonly string[];
  /** The ghost says something, or somebody else. */
  readonly send: (type?: string, by?: Masquerade) => ReturnType<EventSender['send']>;
  /** The types of the events that were sent. */
  readonly wire: () => readonly string[];
  /** The homeserver tells of an event in the room. */
  readonly event: (type: string, content: object, stateKey?: string) => void;
}

/** A ghost in a room with people, and everything between it and the homeserver. */
export function sealingScene({
  required = false,
  allowed = true,
  guests = undefined as SealerDeps['guests'],
} = {}): SealingScene {
  const server = new RoomServer();
  const engine = new FakeEngine();
  const log = new RecordingLog();
  server.members.set(alice, 'join').set(bob, 'invite').set(ghost, 'join');
  const encrypted: string[] = [];
  const book = new RoomBook({
    ...{ client: server, bot, isOwn },
    onEncrypted: (one) => encrypted.push(one),
    onLeft: (one) => sealer.left(one),
  });
  const accounts = {
    made: [] as string[],
    makeDevice: async (_user: string, device: string) => void accounts.made.push(device),
    deleteDevice: async () => undefined,
    hasDevice: async () => true,
  };
  const identities = new Identities({ engine, accounts, deviceId: 'KEYS', deviceName: 'x', isOwn, log });
  const sealer: Sealer = new Sealer({
    ...{ book, bot, isOwn, required, guests },
    engine: allowed ? engine : undefined,
    identities: allowed ? identities : undefined,
    watches: async () => true,
  });
  const sender = new EventSender(server, sealer);
  const send = (type = 'm.room.message', by: Masquerade = as): ReturnType<EventSender['send']> =>
    sender.send({ room, as: by, type, content: { body: 'secret' }, cause: 'cause', part: 'part' });
  const rooms = new EncryptedRooms(
    server,
    book,
    { default: true, require: required, maxGroupMembers: 10 },
    allowed ? identities : undefined,
    log,
  );
  const wire = (): readonly string[] =>
    server.asked.flatMap(({ path }) => /send\/([^/]+)\//.exec(path)?.[1] ?? []);
  const event = (type: string, content: object, stateKey?: string): void =>
    book.take({ type, content, room_id: room, ...(stateKey === undefined ? {} : { state_key: stateKey }) });
  return { server, engine, book, send, rooms, identities, accounts, log, wire, event, encrypted };
}
