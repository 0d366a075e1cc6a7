import { Confirmations } from '../../../src/commands/erase.ts';
import type { CommandNetwork, EnteredGroup, Services } from '../../../src/commands/services.ts';
import {
  matrixUserId,
  networkId,
  portalId,
  remoteChatId,
  remoteUserId,
  roomId,
  type MatrixUserId,
  type NetworkId,
} from '../../../src/core/ids.ts';
import { Identities } from '../../../src/core/identities.ts';
import type { LogLevel } from '../../../src/core/log-control.ts';
import { failedForGood, failedForNow } from '../../../src/core/outcome.ts';
import type { GroupPortal } from '../../../src/core/portal.ts';
import type { Strict } from '../../../src/core/strict.ts';
import type { PuppetState } from '../../../src/core/puppet.ts';
import { fakeRules, type FakeRules } from '../../support/fake-rules.ts';
import type { EventRecord, Login, PendingLogin, UserRecord } from '../../../src/core/stores.ts';
import { reachDesk, reachState, type ReachState } from './reach-services.ts';
import { capabilitiesWithout } from '../../support/capabilities.ts';
import type { PolicyListBook } from '../../../src/core/policy-list-book.ts';
import type { FakeListRooms } from '../../support/policy-lists.ts';
import { blockDesks } from './block-services.ts';
import { memoryIdentities } from '../../support/memory-identities.ts';
import { tieDesk } from './tie-services.ts';
import { fakeRequests } from '../../support/fake-requests.ts';

export const alice: MatrixUserId = matrixUserId('@alice:example.org');

/** Services in memory. `sent` holds the codes that were sent, by address. */
export interface FakeServices extends Services, ReachState {
  /** Policy lists as they are held, and their rooms. */
  readonly lists: { readonly book: PolicyListBook; readonly rooms: FakeListRooms };
  time: number;
  readonly sent: Map<string, string>;
  readonly errors: unknown[];
  readonly pending: Map<string, PendingLogin>;
  readonly userRecords: Map<string, UserRecord>;
  readonly records: Map<string, EventRecord>;
  readonly retried: string[];
  /** The groups that Alice is in. */
  readonly entered: GroupPortal[];
  readonly erased: string[];
  readonly levels: Map<string, LogLevel>;
  broken: boolean;
  puppet: PuppetState;
  readonly redacted: string[];
  mayRedact: boolean;
  copies: boolean;
  hasSpaces: boolean;
  /** Networks for which Alice chose otherwise. */
  readonly unlike: Set<string>;
  strictness: Strict;
  /** What was asked of ties. */
  readonly tied: string[];
  readonly rulebook: FakeRules;
  readonly identities: Identities;
  /** Whose ignore lists were to follow their blocks, and how that goes. */
  readonly agreed: string[];
  ignoreList: Awaited<ReturnType<Services['blocks']['agree']>>;
}

export function fakeServices(): FakeServices {
  const logins: Login[] = [];
  const pending = new Map<string, PendingLogin>();
  const sent = new Map<string, string>();
  const rooms = new Map<string, string>();
  const rulebook = fakeRules(() => fake.time);
  const fake: FakeServices = {
    ...{ rulebook, identities: new Identities(memoryIdentities()) },
    rules: rulebook.desk,
    explain: rulebook.explain,
    time: 1_000_000_000,
    broken: false,
    sent,
    pending,
    errors: [],
    puppet: { kind: 'off', why: 'no-token' },
    redacted: [],
    mayRedact: true,
    copies: false,
    hasSpaces: true,
    unlike: new Set(),
    tied: [],
    ...reachState(),
    strictness: 'off',
    agreed: [],
    ignoreList: 'agreed',
    ...blockDesks(() => fake),
    ties: tieDesk((wish) => fake.tied.push(wish)),
    redact: async (_user, _room, eventId) => {
      if (fake.mayRedact) fake.redacted.push(eventId);
      return fake.mayRedact;
    },
    puppets: {
      state: async () => fake.puppet,
      copies: async () => fake.copies,
      chooseCopies: async (_, copies) => {
        fake.copies = copies;
      },
      choose: async (_, choice) => {
        fake.puppet =
          choice === 'on'
            ? { kind: 'on', by: 'registration', encrypted: 'unverified' }
            : { kind: 'off', why: 'chosen' };
      },
      take: async (_, token) => {
        if (token.includes('down')) return failedForNow('link-down');
        if (token.includes('other')) return 'another-user';
        if (token.includes('wrong')) return 'no-token';
        fake.puppet = { kind: 'on', by: 'token', encrypted: 'other-keys' };
        return 'taken';
      },
    },
    userRecords: new Map(),
    records: new Map(),
    retried: [],
    entered: [],
    erased: [],
    levels: new Map([['', 'info']]),
    erasures: {
      begin: async (user) => void fake.erased.push(user),
      isUnderWay: (user) => fake.erased.includes(user),
      confirmations: new Confirmations(),
    },
    logging: {
      parts: () => ['matrix', 'xmpp'],
      level: (part = '') => fake.levels.get(part) ?? fake.levels.get('') ?? 'info',
      set: (level, part = '') => {
        if (part === '') fake.levels.clear();
        fake.levels.set(part, level);
      },
    },
    version: '1.2.3',
    now: () => fake.time,
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (fields) => fake.errors.push(fields),
    },
    networks: new Map<string, CommandNetwork>([
      ['xmpp', network(sent, () => fake.time)],
      [
        'loopback',
        {
          id: networkId('loopback'),
          capabilities: { ...capabilitiesWithout([]), encrypted: true },
          health: () => ({ kind: 'up', since: 0 }),
          directory: directory(),
          groups: groups(),
        },
      ],
    ]),
    reach: reachDesk(() => fake),
    strict: {
      of: async () => fake.strictness,
      choose: async (_user, wanted) => {
        fake.strictness = wanted;
      },
    },
    groups: groupDesk(() => fake),
    requests: fakeRequests(alice),
    spaces: {
      offered: true,
      wanted: async (_user, network) =>
        fake.hasSpaces !== (network !== undefined && fake.unlike.has(network)),
      choose: async (_user, wanted, network) => {
        if (fake.broken) return failedForNow('link-down');
        if (network === undefined) fake.unlike.clear();
        else if (wanted === fake.hasSpaces) fake.unlike.delete(network);
        else fake.unlike.add(network);
        if (network === undefined) fake.hasSpaces = wanted;
        return undefined;
      },
    },
    history: {
      most: 500,
      bring: async (_user, portal, count) => {
        if (portal.key.chat === '#sticky') return failedForNow('link-down');
        return { kind: 'brought', found: Math.min(count, 120), fresh: portal.key.chat === '#old' ? 0 : 120 };
      },
    },
    portals: {
      open: async (_user, network, address) => {
        if (fake.broken) throw new Error('broken');
        if (!address.includes('@')) return failedForGood('no-such-user');
        const created = !rooms.has(address);
        rooms.set(address, '!room:example.org');
        return {
          kind: 'room',
          room: roomId('!room:example.org'),
          profile: { userId: remoteUserId(address), chat: remoteChatId(network + address), name: undefined },
          created,
        };
      },
      list: async (offset) =>
        offset > 0
          ? []
          : [
              {
                kind: 'direct',
                id: portalId('p'),
                key: { network: networkId('xmpp'), chat: remoteChatId('bob@x'), receiver: alice },
                remote: remoteUserId('bob@x'),
                room: roomId('!room:example.org'),
              },
            ],
      count: async () => 1,
    },
    events: {
      find: async (id) => fake.records.get(id),
      backlog: async () => ({ pending: 2, oldest: fake.time - 120_000 }),
      waitingForKey: async () => 3,
      retry: async (id) => {
        fake.retried.push(id);
        return fake.records.get(id)?.retryable === true ? fake.records.get(id) : undefined;
      },
    },
    users: {
      get: async (user) => fake.userRecords.get(user),
      put: async (user) => void fake.userRecords.set(user.userId, user),
      list: async (offset, limit) => [...fake.userRecords.values()].slice(offset, offset + limit),
    },
    logins: {
      list: async (user) => logins.filter((login) => login.user === user),
      owner: async (_, remote) => logins.find((login) => login.remote === remote)?.user,
      put: async (login) => void logins.push(login),
      remove: async (_, __, remote) =>
        logins.splice(
          logins.findIndex((l) => l.remote === remote),
          1,
        ).length > 0,
      pending: async (_, network) => pending.get(network),
      putPending: async (value) => void pending.set(value.network, value),
      removePending: async (_, network) => void pending.delete(network),
    },
  };
  return fake;
}

function network(sent: Map<string, string>, now: () => number): CommandNetwork {
  return {
    id: networkId('xmpp'),
    capabilities: capabilitiesWithout(['sticker', 'poll']),
    health: () => ({ kind: 'down', since: 0, reason: 'link-down' }),
    directory: directory(),
    logins: {
      begin: async (_, typed) => {
        if (!typed.includes('@')) return failedForGood('no-such-user');
        sent.set(typed, '123456');
        return {
          kind: 'ask',
          ask: 'code',
          address: typed,
          state: `${typed} 123456`,
          expiresAt: now() + 86_400_000,
        };
      },
      answer: async (_, state, typed) => {
        const [address = '', code] = state.split(' ');
        if (typed === '0000') return failedForNow('link-down');
        return typed === code ? { kind: 'done', remote: remoteUserId(address) } : failedForGood('forbidden');
      },
    },
  };
}

function groups(): NonNullable<CommandNetwork['groups']> {
  const failed = failedForGood('no-such-group');
  const entered = async () => failed;
  return {
    named: () => failed,
    ...{ find: entered, info: entered, join: entered, create: entered, members: entered },
    leave: async () => undefined,
  };
}

function groupDesk(of: () => FakeServices): Services['groups'] {
  const enter = async (network: NetworkId, address: string): Promise<EnteredGroup> => {
    if (of().broken) throw new Error('broken');
    if (!address.startsWith('#')) return failedForGood('no-such-group');
    const room = roomId(`!${address.slice(1, 50)}:example.org`);
    const key = { network, chat: remoteChatId(address), receiver: undefined };
    of().entered.push({ kind: 'group', id: portalId(address), key, room });
    return { kind: 'room', room, nick: 'Alice' };
  };
  return {
    join: (_user, network, address) => enter(network, address),
    create: (_user, network, address) => enter(network, address),
    of: async () => of().entered,
    leave: async (_user, portal) => {
      if (portal.key.chat === '#sticky') return failedForNow('link-down');
      of().entered.splice(of().entered.indexOf(portal), 1);
      return undefined;
    },
  };
}

function directory(): CommandNetwork['directory'] {
  return {
    find: async () => failedForGood('no-such-user'),
    chatWith: remoteChatId,
    named: (typed) => (typed.includes('@') ? remoteUserId(typed.toLowerCase()) : undefined),
    serverOf: (name) => name.slice(name.indexOf('@') + 1),
    profile: async () => failedForGood('no-such-user'),
  };
}
