import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import pg from 'pg';
import type { Stack } from '../../test/support/bridge-process.ts';
import { REQUEST_TAG, REQUESTS_TAG } from '../../src/matrix/request-rooms.ts';
import { PORTAL_TAG } from '../../src/matrix/rooms.ts';
import type { Chat, Load } from './load.ts';
import { objectOf } from './marks.ts';
import { MatrixPerson } from './matrix-person.ts';
import type { GroupChat } from './group-load.ts';
import type { ChatRecord, GhostRoom, GroupRecord, RunRecord, SecrecyRecord, StateCount } from './record.ts';

/** Where what an XMPP user received is read: in the live session, or in the archive of one that was away. */
export type XmppView = 'live' | 'archived';

/** Waits until nothing is on its way any more, at most so long; false when the time was over. */
export async function drain(stack: Stack, load: Load, view: XmppView, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    const queued = await stack.bridge.metric('causeway_queue_events');
    if (queued === 0 && (await missing(load, view)) === 0 && (await load.missingInGroups()).length === 0)
      return true;
    await sleep(500);
  }
  return false;
}

async function missing(load: Load, view: XmppView): Promise<number> {
  let count = 0;
  for (const chat of load.chats) {
    const { delivered, receipted } = view === 'live' ? chat.person.live() : await chat.person.archived();
    const arrived = new Set(delivered.map(({ text }) => text));
    const heard = load.matrix.heardFrom(chat.ghost);
    count += chat.accepted.filter((text) => !arrived.has(text)).length;
    count += [...receipted].filter((text) => !heard.has(text)).length;
  }
  return count;
}

/** What became of every chat, from the timelines of the homeserver and from what the XMPP users received. */
export async function collectChats(
  stack: Stack,
  load: Load,
  view: XmppView,
): Promise<Pick<RunRecord, 'chats' | 'groups' | 'secrecy'>> {
  const rooms = await overseenRooms(stack);
  const records: ChatRecord[] = [];
  for (const chat of load.chats) records.push(await collectChat(load, chat, rooms, view));
  const groups = await collectGroups(load.matrix, load.groups.chats, rooms);
  return load.isEncrypted
    ? { chats: records, groups, secrecy: await collectSecrecy(load.matrix, rooms) }
    : { chats: records, groups };
}

async function collectSecrecy(matrix: MatrixPerson, rooms: readonly Room[]): Promise<SecrecyRecord> {
  const steps: string[] = [];
  const clear: string[] = [];
  for (const { id } of rooms.filter(({ members }) => members.get(matrix.userId) === 'join')) {
    const found = await matrix.secrecy(id);
    steps.push(...found.steps);
    clear.push(...found.clear);
  }
  return { steps, clear, unopened: [...matrix.unopened] };
}

/** What became of every group, from its archive on the XMPP server and from the timelines of the homeserver. */
export async function collectGroups(
  matrix: MatrixPerson,
  groups: readonly CollectedGroup[],
  rooms: readonly Room[],
): Promise<readonly GroupRecord[]> {
  const records: GroupRecord[] = [];
  for (const group of groups) records.push(await collectGroup(matrix, group, rooms));
  return records;
}

/** A group, and the room that the user found it in. */
export type CollectedGroup = Pick<GroupChat, 'group' | 'accepted' | 'room'>;

async function collectGroup(
  matrix: MatrixPerson,
  { group, accepted: answered, room }: CollectedGroup,
  all: readonly Room[],
): Promise<GroupRecord> {
  const rooms = all
    .filter(({ group: of, members }) => of === group.address && isIn(members.get(matrix.userId)))
    .map(({ id }) => id);
  const events = [];
  for (const id of new Set([...rooms, ...(room === undefined ? [] : [room])]))
    events.push(...(await matrix.timeline(id)));
  const own = events.filter(({ sender }) => sender === matrix.userId).map(({ text }) => text);
  return {
    ...(await group.archived()),
    ...{ group: group.name, rooms },
    accepted: [...own, ...answered.filter((text) => !own.includes(text))],
    shown: events.filter(({ sender }) => sender !== matrix.userId).map(({ text, at }) => ({ text, at })),
  };
}

function isIn(membership: string | undefined): boolean {
  return membership === 'join' || membership === 'invite';
}

async function collectChat(
  { matrix }: Load,
  { name, ghost, person, accepted: answered }: Chat,
  rooms: readonly Room[],
  view: XmppView,
): Promise<ChatRecord> {
  const theirs = rooms.filter(({ members }) => members.has(ghost));
  const timelines = [];
  for (const { id, members } of theirs)
    if (members.get(matrix.userId) === 'join') timelines.push(...(await matrix.timeline(id)));
  const { delivered, receipted, bounced } = view === 'live' ? person.live() : await person.archived();
  const { written } = person;
  const own = timelines.filter(({ sender }) => sender === matrix.userId).map(({ text }) => text);
  return {
    chat: name,
    accepted: [...own, ...answered.filter((text) => !own.includes(text))],
    delivered,
    written,
    receipted: new Set(written.filter((text) => receipted.has(text))),
    bounced: new Set(written.filter((text) => bounced.has(text))),
    shown: timelines.filter(({ sender }) => sender === ghost).map(({ text }) => text),
    rooms: theirs.map(({ id, made, members }): GhostRoom => ({
      room: id,
      made,
      ghost: members.get(ghost) ?? '',
      user: members.get(matrix.userId),
    })),
  };
}

/** A room as the homeserver's administrator sees it. */
export interface Room {
  readonly id: string;
  /** The chat of the portal that it was made for, where that has no receiver. */
  readonly group: string | undefined;
  readonly made: boolean;
  readonly members: ReadonlyMap<string, string>;
  readonly name: string | undefined;
  /** The message request that it stands for, and whether it is a space of such rooms. */
  readonly request: number | undefined;
  readonly ofRequests: boolean;
}

/** All rooms of the stack's homeserver. */
export async function overseenRooms({ synapse }: Stack): Promise<readonly Room[]> {
  await synapse.createUser('overseer', 'secret', true);
  await using overseer = new MatrixPerson(await synapse.login('overseer', 'secret'));
  return await allRooms(overseer);
}

/** All rooms of the homeserver, those included that nobody is in any more. */
async function allRooms(overseer: MatrixPerson): Promise<readonly Room[]> {
  const list = await overseer.get('/_synapse/admin/v1/rooms?limit=1000');
  const rooms: Room[] = [];
  for (const entry of list['rooms'] as readonly { readonly room_id: string }[]) {
    const path = `/_synapse/admin/v1/rooms/${encodeURIComponent(entry.room_id)}/state`;
    const { state } = await overseer.get(path);
    rooms.push(roomOf(entry.room_id, state as readonly StateEvent[]));
  }
  return rooms;
}

interface StateEvent {
  readonly type: string;
  readonly state_key: string;
  readonly content: Readonly<Record<string, unknown>>;
}

function roomOf(id: string, state: readonly StateEvent[]): Room {
  const members = state
    .filter(({ type }) => type === 'm.room.member')
    .map(({ state_key: user, content }) => [user, String(content['membership'])] as const);
  const creation = state.find(({ type }) => type === 'm.room.create');
  const tag = objectOf(creation?.content[PORTAL_TAG]);
  const group = tag['receiver'] === undefined && 'chat' in tag ? String(tag['chat']) : undefined;
  const named = state.find(({ type }) => type === 'm.room.name')?.content['name'];
  const { request } = objectOf(creation?.content[REQUEST_TAG]);
  return {
    ...{ id, group, made: creation?.content[PORTAL_TAG] !== undefined, members: new Map(members) },
    name: typeof named === 'string' ? named : undefined,
    request: typeof request === 'number' ? request : undefined,
    ofRequests: creation?.content[REQUESTS_TAG] !== undefined,
  };
}

const STATES = `select state, case when ended_at is null then 0 else 1 end as ended, count(*) as count
  from events group by state, case when ended_at is null then 0 else 1 end order by state`;

/** How the events in the bridge's database ended; nothing is written to it. */
export async function eventStates(storage: Stack['storage']): Promise<readonly StateCount[]> {
  const rows = 'file' in storage ? fromSqlite(storage.file) : await fromPostgres(storage.url);
  return rows.map((row) => ({
    state: String(row['state']),
    ended: Number(row['ended']) === 1,
    count: Number(row['count']),
  }));
}

function fromSqlite(file: string): readonly Readonly<Record<string, unknown>>[] {
  const database = new Database(file, { readonly: true, fileMustExist: true });
  try {
    return database.prepare<[], Record<string, unknown>>(STATES).all();
  } finally {
    database.close();
  }
}

async function fromPostgres(url: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('set default_transaction_read_only = on');
    return (await client.query<Record<string, unknown>>(STATES)).rows;
  } finally {
    await client.end();
  }
}
