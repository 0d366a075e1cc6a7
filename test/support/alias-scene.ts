import { AskedRooms, type AskedLimits } from '../../src/core/asked-rooms.ts';
import { GroupAliases, type AliasDirectory } from '../../src/core/group-aliases.ts';
import { GroupPortals } from '../../src/core/groups.ts';
import { networkId, remoteChatId, type MatrixUserId, type RoomId } from '../../src/core/ids.ts';
import type { RemoteGroup, RunningNetwork } from '../../src/core/network.ts';
import type { Failed } from '../../src/core/outcome.ts';
import type { GroupPortal } from '../../src/core/portal.ts';
import type { Stores } from '../../src/core/stores.ts';
import { Turns } from '../../src/core/turns.ts';
import { fakeGroupRooms, fakeGroups } from './fake-groups.ts';
import { memoryStores } from './memory-stores.ts';
import { RecordingLog } from './recording-log.ts';
import { SpineRig } from './spine-rig.ts';

export const net = networkId('loopback');
export const salon = remoteChatId('#salon');

export interface AliasSceneOptions {
  readonly stores?: Stores;
  /** What of the homeserver and of the network fails; named as in `acts`. */
  readonly fails?: (act: string) => Failed | undefined;
  readonly find?: (typed: string) => Promise<RemoteGroup | Failed>;
  readonly mayEnter?: () => boolean;
  readonly limits?: Partial<AskedLimits>;
  readonly answer?: number;
  readonly unavailable?: boolean;
  /** Whether rooms have aliases at all; they do where absent. */
  readonly offered?: boolean;
  readonly now?: () => number;
}

/** Groups with aliases, between a network and a homeserver's directory that exist only as functions. */
export class AliasScene implements AsyncDisposable {
  readonly stores: Stores;
  readonly log = new RecordingLog();
  readonly acts: string[] = [];
  readonly bounded: string[] = [];
  /** Which room each group's alias points at, and which rooms are open. */
  readonly directory = new Map<string, RoomId>();
  readonly open = new Set<RoomId>();
  /** Who is in the rooms, beside the bridge. */
  readonly inside = new Set<MatrixUserId>();
  /** Whether the network lets anybody in. */
  isOpen = true;
  /** Whether the bot was put out of the rooms. */
  botIsOut = false;
  readonly network: RunningNetwork;
  readonly groups: GroupPortals;
  readonly aliases: GroupAliases;
  readonly asked: AskedRooms;
  readonly #options: AliasSceneOptions;

  constructor(options: AliasSceneOptions = {}) {
    this.#options = options;
    this.stores = options.stores ?? memoryStores();
    const fails = (act: string): Failed | undefined => options.fails?.(act);
    const groups = fakeGroups(this.acts, fails);
    const about = async (typed: string): Promise<RemoteGroup | Failed> =>
      fails(`find ${typed}`) ?? {
        ...{ chat: remoteChatId(typed), name: typed, topic: undefined, size: 1, open: this.isOpen },
      };
    const find = options.find ?? about;
    this.network = { ...new SpineRig().network, groups: { ...groups, find, info: about } };
    const common = {
      ...{ stores: this.stores, log: this.log, directory: this.#directory(fails) },
      network: () => this.network,
      mayEnter: options.mayEnter ?? (() => true),
    };
    this.aliases = new GroupAliases({
      ...common,
      offered: options.offered ?? true,
      isOut: () => this.botIsOut,
      times: { each: 0, again: 5 },
    });
    this.groups = new GroupPortals({
      ...{ stores: this.stores, rooms: fakeGroupRooms(this.acts, fails), aliases: this.aliases },
      reachable: async () => 'yes',
      nickOf: async (user) => user,
      remember: async () => undefined,
      turns: new Turns(),
    });
    this.asked = new AskedRooms({
      ...{ ...common, groups: this.groups, aliases: this.aliases },
      limits: { perMinute: 60, burst: 100, closeAfter: 1_000, ...options.limits },
      meter: { bounded: (_network, what) => void this.bounded.push(what) },
      times: { answer: options.answer ?? 2_000, look: 10 },
      ...(options.now === undefined ? {} : { now: options.now }),
    });
  }

  async portal(): Promise<GroupPortal | undefined> {
    const found = await this.stores.portals.byKey({ network: net, chat: salon, receiver: undefined });
    return found?.kind === 'group' && found.room !== undefined ? found : undefined;
  }

  /** How often something was done. */
  count(start: string): number {
    return this.acts.filter((act) => act.startsWith(start)).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.asked[Symbol.asyncDispose]();
    await this.aliases[Symbol.asyncDispose]();
  }

  #directory(fails: (act: string) => Failed | undefined): AliasDirectory {
    const act = (what: string): Failed | undefined => {
      this.acts.push(what);
      return fails(what);
    };
    return {
      put: async ({ key, room }, from) => {
        const failed = act(`put ${key.chat} at ${room}${from === undefined ? '' : ` from ${from}`}`);
        if (failed !== undefined) return failed;
        if (this.#options.unavailable === true) return 'unavailable';
        const there = this.directory.get(key.chat);
        if (there !== undefined && there !== room && there !== from) return 'taken';
        this.directory.set(key.chat, room);
        return 'put';
      },
      remove: async ({ key }) => {
        const failed = act(`remove ${key.chat}`);
        if (failed === undefined) this.directory.delete(key.chat);
        return failed;
      },
      letIn: async ({ room }, everybody) => {
        const failed = act(`${everybody ? 'open' : 'shut'} ${room}`);
        if (failed === undefined) this.open[everybody ? 'add' : 'delete'](room);
        return failed;
      },
      isEmpty: async () => fails('empty') ?? this.inside.size === 0,
    };
  }
}
