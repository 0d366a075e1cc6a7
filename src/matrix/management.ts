import type { MatrixUserId, RoomId } from '../core/ids.ts';
import { failedForGood, type Failed } from '../core/outcome.ts';
import type { UserRecord, UserStore } from '../core/stores.ts';
import type { Accounts } from './accounts.ts';
import type { Membership, RoomFound } from './membership.ts';
import type { JsonObject, Masquerade } from './request.ts';
import type { TaggedRooms } from './tagged-rooms.ts';
import { areTheTwo, type RoomOptions } from './rooms.ts';

/** Where a management room says whose it is, in its creation content. */
export const MANAGEMENT_TAG = 'io.causeway.management';

export interface BotOptions extends RoomOptions {
  readonly userId: MatrixUserId;
  readonly displayName: string;
  readonly deviceName: string;
}

/** The bot, and the direct chats that it has with users. */
export class ManagementRooms {
  readonly #accounts: Accounts;
  readonly #membership: Membership;
  readonly #tagged: TaggedRooms;
  readonly #users: UserStore;
  readonly #bot: BotOptions;
  readonly #making = new Map<MatrixUserId, Promise<RoomFound | Failed>>();
  #ready: Promise<undefined | Failed> | undefined;

  constructor(
    accounts: Accounts,
    membership: Membership,
    tagged: TaggedRooms,
    users: UserStore,
    bot: BotOptions,
  ) {
    this.#tagged = tagged;
    this.#accounts = accounts;
    this.#membership = membership;
    this.#users = users;
    this.#bot = bot;
  }

  /** As whom the bot speaks. */
  get as(): Masquerade {
    return this.#accounts.as(this.#bot.userId);
  }

  /** Makes the bot's account where there is none; once it has succeeded, no more requests. */
  async ensureBot(): Promise<undefined | Failed> {
    this.#ready ??= this.#makeBot();
    const failed = await this.#ready;
    if (failed !== undefined) this.#ready = undefined;
    return failed;
  }

  /** The user's management room: the recorded one where the user is still there, one that an earlier attempt made, or a new one. */
  async room(user: MatrixUserId): Promise<RoomFound | Failed> {
    const running = this.#making.get(user);
    if (running !== undefined) return running;
    const making = this.#room(user);
    this.#making.set(user, making);
    try {
      return await making;
    } finally {
      this.#making.delete(user);
    }
  }

  /** The recorded room is of no use any more: the next line makes a new one. */
  async forget(user: MatrixUserId, room: RoomId): Promise<void> {
    const record = await this.#users.get(user);
    if (record?.managementRoom === room) await this.#users.put({ ...record, managementRoom: undefined });
  }

  /**
   * The bot accepts a user's invitation: the room becomes the user's management room. A room that is not a direct chat
   * of the two is left again, and the answer is `forbidden`. May be repeated.
   */
  async accept(user: MatrixUserId, room: RoomId): Promise<RoomFound | Failed> {
    const failed =
      (await this.ensureBot()) ??
      (await this.#bot.encryption?.identify(this.#bot.userId)) ??
      (await this.#membership.join(room, this.as));
    if (failed !== undefined) return failed;
    const members = await this.#membership.members(room, this.as);
    if (members.kind === 'failed') return members;
    if (!areTheTwo(members.users, this.#bot.userId, user)) {
      const stays = await this.decline(room);
      return stays ?? failedForGood('forbidden');
    }
    const plain = await this.#bot.encryption?.turnOn(room, this.as);
    if (plain?.retry.kind === 'later') return plain;
    if (plain !== undefined) return (await this.decline(room)) ?? plain;
    const record = await this.#record(user);
    await this.#users.put({ ...record, managementRoom: room });
    if (record.managementRoom !== undefined && record.managementRoom !== room) {
      await this.decline(record.managementRoom);
    }
    return { kind: 'room', room };
  }

  /** The bot leaves a room or declines its invitation. */
  async decline(room: RoomId): Promise<undefined | Failed> {
    return this.#membership.leave(room, this.as);
  }

  async #makeBot(): Promise<undefined | Failed> {
    const { userId, deviceName, displayName } = this.#bot;
    return (
      (await this.#accounts.make(userId, deviceName)) ?? (await this.#accounts.rename(userId, displayName))
    );
  }

  async #room(user: MatrixUserId): Promise<RoomFound | Failed> {
    const failed = await this.ensureBot();
    if (failed !== undefined) return failed;
    const record = await this.#record(user);
    if (record.managementRoom !== undefined) {
      const there = await this.#membership.membershipOf(record.managementRoom, user, this.as);
      if (there.kind === 'failed' && there.retry.kind === 'later') return there;
      const reads = there.kind === 'membership' && ['join', 'invite'].includes(there.membership ?? '');
      const plain = reads ? await this.#bot.encryption?.bearable(record.managementRoom, this.as) : undefined;
      if (plain?.retry.kind === 'later') return plain;
      if (reads && plain === undefined) return { kind: 'room', room: record.managementRoom };
      await this.decline(record.managementRoom);
    }
    const found = await this.#find(user);
    if (found.kind === 'failed') return found;
    const made = found.kind === 'room' ? found : await this.#create(user);
    if (made.kind === 'failed') return made;
    await this.#users.put({ ...record, managementRoom: made.room });
    this.#bot.onRoom(made.room);
    return made;
  }

  async #create(user: MatrixUserId): Promise<RoomFound | Failed> {
    const { encryption } = this.#bot;
    const faceless = await encryption?.identify(this.#bot.userId);
    if (faceless !== undefined) return faceless;
    const encrypted = encryption?.initial ?? [];
    const made = await this.#membership.create(this.#creation(user, encrypted), this.as);
    if (made.kind === 'room') encryption?.made(made.room, encrypted);
    return made;
  }

  /** A room that was made for the user and not recorded, and that the user has not left. */
  async #find(user: MatrixUserId): Promise<RoomFound | { readonly kind: 'none' } | Failed> {
    const found = await this.#tagged.find(MANAGEMENT_TAG, (tag) => tag['user'] === user, this.as);
    if (found.kind !== 'room') return found;
    const members = await this.#membership.members(found.room, this.as);
    if (members.kind === 'failed') return members;
    return areTheTwo(members.users, this.#bot.userId, user) ? found : { kind: 'none' };
  }

  async #record(user: MatrixUserId): Promise<UserRecord> {
    return (await this.#users.get(user)) ?? { userId: user, managementRoom: undefined, language: undefined };
  }

  #creation(user: MatrixUserId, encrypted: readonly JsonObject[]): JsonObject {
    return {
      preset: 'trusted_private_chat',
      is_direct: true,
      invite: [user],
      ...(this.#bot.version === undefined ? {} : { room_version: this.#bot.version }),
      creation_content: {
        ...(this.#bot.federate ? {} : { 'm.federate': false }),
        [MANAGEMENT_TAG]: { user },
      },
      ...(encrypted.length === 0 ? {} : { initial_state: encrypted }),
    };
  }
}
