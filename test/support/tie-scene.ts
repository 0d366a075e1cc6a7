import { GroupPortals } from '../../src/core/groups.ts';
import {
  matrixUserId,
  networkId,
  remoteChatId,
  roomId,
  type MatrixUserId,
  type PortalId,
} from '../../src/core/ids.ts';
import type { Groups, RunningNetwork } from '../../src/core/network.ts';
import { failedForGood, failedForNow, type Failed } from '../../src/core/outcome.ts';
import type { Stores } from '../../src/core/stores.ts';
import type { RoomLook, Tie, TieRooms, TieStore } from '../../src/core/tie.ts';
import { Ties } from '../../src/core/ties.ts';
import { Turns } from '../../src/core/turns.ts';
import { fakeGroupRooms, fakeGroups } from './fake-groups.ts';
import { memoryStores } from './memory-stores.ts';
import { RecordingLog } from './recording-log.ts';
import { SpineRig } from './spine-rig.ts';

export const alice = matrixUserId('@alice:hs.test');
export const carol = matrixUserId('@carol:hs.test');
export const net = networkId('loopback');
export const chat = remoteChatId('#there');
export const room = roomId('!ours:hs.test');
export const group = { network: net, chat };

/** Where a process ends: before what it was about to do is done, or after that and before it knows. */
export interface Kill {
  readonly at: number;
  readonly when: 'before' | 'after';
}

export class Killed extends Error {}

/** Ties between a room and a group that exist only as what is remembered of them, in a process that can be killed. */
export class TieScene {
  readonly stores: Stores = memoryStores();
  readonly kept = new Map<PortalId, Tie>();
  readonly acts: string[] = [];
  /** What was told and said, by its id. */
  readonly told = new Map<string, string>();
  readonly said = new Map<string, string>();
  time = 1_000;
  botIn = false;
  /** The users who are in the group, and whether Alice runs it. */
  readonly inGroup = new Set<MatrixUserId>();
  runsGroup = false;
  linked = true;
  permitted = true;
  mayAsk = true;
  look: RoomLook = {
    kind: 'look',
    ...{ isSpace: false, isEncrypted: false, isReplaced: false, isDirect: false },
    ...{ userIsIn: true, userMay: true, botMay: true, peopleMay: true },
  };
  ties: Ties;
  #kill: Kill | undefined;
  #count = 0;
  #dead = false;

  constructor() {
    this.#countPortals();
    this.ties = this.#make();
  }

  /** How many steps were made that a kill can hit. */
  get steps(): number {
    return this.#count;
  }

  get waiting(): Tie | undefined {
    return [...this.kept.values()].find(({ state }) => state !== 'open');
  }

  killAt(kill: Kill): void {
    this.#kill = kill;
    this.#count = 0;
  }

  /** A new process on what is kept. */
  async restart(): Promise<void> {
    this.#kill = undefined;
    this.#dead = false;
    this.ties = this.#make();
    await this.ties.look();
  }

  begin(user = alice, round = '1'): ReturnType<Ties['begin']> {
    return this.ties.begin(user, group, room, round);
  }

  /** Waits for what was begun in the background. */
  async settled(): Promise<void> {
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  #step<T>(act: string, work: () => T): T {
    if (this.#dead) throw new Killed('dead already');
    this.#count += 1;
    const hit = this.#kill?.at === this.#count ? this.#kill.when : undefined;
    if (hit === 'before') this.#die();
    this.acts.push(act);
    const done = work();
    if (hit === 'after') this.#die();
    return done;
  }

  #die(): never {
    this.#dead = true;
    throw new Killed('killed');
  }

  #make(): Ties {
    const groups = new GroupPortals({
      stores: this.stores,
      rooms: { ...fakeGroupRooms(this.acts, () => undefined), close: async () => this.#close() },
      remember: async () => undefined,
      turns: new Turns(),
      reachable: async () => 'yes',
      nickOf: async (user) => user,
    });
    return new Ties({
      ...{ store: this.#store(), stores: this.stores, groups, rooms: this.#rooms() },
      network: () => this.#network(),
      permits: () => this.permitted,
      nickOf: async (user) => user,
      tell: async (_tie, id, news) =>
        this.#step(`tell ${news.kind}`, () => void this.told.set(id, JSON.stringify(news))),
      words: (_tie, what) => what,
      log: new RecordingLog(),
      patienceMs: 60_000,
      now: () => this.time,
    });
  }

  #close(): undefined {
    this.#step('close', () => {
      this.botIn = false;
    });
  }

  #store(): TieStore {
    const pending = (): readonly Tie[] => [...this.kept.values()].filter(({ state }) => state !== 'open');
    return {
      intend: async (tie) =>
        this.#step('intend', () => {
          const there = pending().find(
            (one) => one.state !== 'ending' && (one.room === tie.room || one.chat === tie.chat),
          );
          if (there === undefined) this.kept.set(tie.id, tie);
          return there ?? tie;
        }),
      get: async (id) => this.kept.get(id),
      pending: async () => pending(),
      put: async (tie) => this.#step(`keep ${tie.state}`, () => void this.kept.set(tie.id, tie)),
      remove: async (id) => this.#step('remove', () => void this.kept.delete(id)),
    };
  }

  #rooms(): TieRooms {
    return {
      bot: matrixUserId('@causeway:hs.test'),
      find: async () => room,
      isBotIn: async () => this.botIn,
      enter: async () =>
        this.#step('enter', () => {
          this.botIn = true;
          return undefined;
        }),
      look: async () => this.look,
      mayRule: async (_room, user) => user === alice,
      opened: async () => this.#step('opened', () => undefined),
      leave: async () =>
        this.#step('leave the room', () => {
          this.botIn = false;
          return undefined;
        }),
      others: async () => [],
    };
  }

  #network(): RunningNetwork {
    const all: Groups = {
      ...fakeGroups([], () => undefined),
      join: async (_chat, user, nick) =>
        this.#asLinked(() => {
          this.inGroup.add(user);
          return { kind: 'joined', nick } as const;
        }, 'join'),
      leave: async (_chat, user) =>
        this.#step('leave the group', () => {
          this.inGroup.delete(user);
          return undefined;
        }),
      agreement: {
        administers: async (_chat, user) => this.#asLinked(() => user === alice && this.runsGroup, 'look'),
        say: async (_chat, id, text) => {
          if (!this.mayAsk) return failedForGood('forbidden');
          return this.#asLinked(() => void this.said.set(id, text), `say ${text}`);
        },
      },
    };
    return { ...new SpineRig().network, groups: all };
  }

  #asLinked<T>(work: () => T, act: string): T | Failed {
    return this.linked ? this.#step(act, work) : failedForNow('link-down');
  }

  /** What is kept of portals counts as the other steps do. */
  #countPortals(): void {
    const { portals } = this.stores;
    const [adopted, closed] = [portals.adopted.bind(portals), portals.closed.bind(portals)];
    portals.adopted = async (portal) => this.#step('adopt', () => adopted(portal));
    portals.closed = async (id) => this.#step('closed', () => closed(id));
  }
}
