import { EventType } from 'matrix-js-sdk';
import type { Role } from '../../src/core/event.ts';
import { roleOf } from '../../src/core/roles.ts';
import type { MatrixUser } from '../support/matrix-user.ts';
import type { GroupChat, GroupSeen } from './group-chat.ts';
import { MatrixChat } from './matrix-chat.ts';
import { readTimeline } from './matrix-timeline.ts';

/** A Matrix user's end of the room of a group. */
export class MatrixGroup implements GroupChat {
  readonly roomId: string;
  readonly #user: MatrixUser;
  readonly #bot: string;
  readonly #own: MatrixChat;

  constructor(user: MatrixUser, roomId: string, bot: string) {
    this.#user = user;
    this.roomId = roomId;
    this.#bot = bot;
    this.#own = new MatrixChat(user, roomId, '');
  }

  say(text: string): Promise<string> {
    return this.#own.say(text);
  }

  reply(target: string, text: string): Promise<string> {
    return this.#own.reply(target, text);
  }

  edit(target: string, text: string): Promise<string> {
    return this.#own.edit(target, text);
  }

  react(target: string, emojis: readonly string[]): Promise<void> {
    return this.#own.react(target, emojis);
  }

  retract(target: string): Promise<void> {
    return this.#own.retract(target);
  }

  async moderate(target: string, reason: string): Promise<void> {
    await this.#user.redact(this.roomId, target, reason);
  }

  moderated(): readonly string[] {
    const events = this.#user.timeline(this.roomId);
    const authors = new Map(events.map(({ eventId, sender }) => [eventId, sender]));
    return events.flatMap(({ type, redacts, sender }) =>
      type === 'm.room.redaction' && redacts !== undefined && authors.get(redacts) !== sender
        ? [redacts]
        : [],
    );
  }

  seen(): readonly GroupSeen[] {
    const events = this.#user.timeline(this.roomId);
    const others = new Set(events.map(({ sender }) => sender));
    others.delete(this.#user.userId);
    others.delete(this.#bot);
    const places = new Map(events.map(({ eventId }, place) => [eventId, place]));
    const all = [...others].flatMap((sender) =>
      readTimeline(events, sender, async (mxc) => (await this.#user.downloadMedia(mxc)).bytes).map(
        (what) => ({ by: this.#nameOf(sender), what }),
      ),
    );
    const place = ({ what }: GroupSeen): number => ('id' in what ? (places.get(what.id) ?? 0) : 0);
    return all.sort((one, other) => place(one) - place(other));
  }

  async rename(name: string): Promise<void> {
    await this.#user.sdk.setRoomName(this.roomId, name);
  }

  async setTopic(topic: string): Promise<void> {
    await this.#user.sdk.setRoomTopic(this.roomId, topic);
  }

  async title(): Promise<string | undefined> {
    return this.#text('m.room.name', 'name');
  }

  async topic(): Promise<string | undefined> {
    return this.#text('m.room.topic', 'topic');
  }

  async members(): Promise<ReadonlyMap<string, Role>> {
    const { chunk = [] } = await this.#user.sdk.members(this.roomId);
    const levels = await this.state('m.room.power_levels');
    const users = record(levels?.['users']);
    return new Map(
      chunk
        .filter((event) => event.content.membership === 'join' && event.state_key !== this.#bot)
        .map((event): [string, Role] => [
          event.content.displayname ?? event.state_key,
          roleOf(Number(users[event.state_key] ?? 0)),
        ]),
    );
  }

  async kick(name: string): Promise<void> {
    await this.#user.sdk.kick(this.roomId, await this.userCalled(name), 'enough');
  }

  async ban(name: string): Promise<void> {
    await this.#user.sdk.ban(this.roomId, await this.userCalled(name), 'enough');
  }

  async unban(name: string): Promise<void> {
    await this.#user.sdk.unban(this.roomId, await this.userCalled(name));
  }

  async setRole(name: string, role: Role): Promise<void> {
    const levels = { owner: 100, admin: 90, moderator: 50, member: 0, visitor: -1 };
    // Read from the server: what the client has may be older than what its user has seen.
    const there = (await this.state('m.room.power_levels')) ?? {};
    const before = Object.entries(record(there['users'])).map(([id, level]) => [id, Number(level)] as const);
    const users = { ...Object.fromEntries(before), [await this.userCalled(name)]: levels[role] };
    await this.#user.sdk.sendStateEvent(this.roomId, EventType.RoomPowerLevels, { ...there, users });
  }

  leave(): Promise<void> {
    return this.#user.leave(this.roomId);
  }

  /** The Matrix ID of somebody who is or was in the room. */
  async userCalled(name: string): Promise<string> {
    const { chunk = [] } = await this.#user.sdk.members(this.roomId);
    const found = chunk.find((event) => {
      const before = record(record(event.unsigned)['prev_content'])['displayname'];
      return event.content.displayname === name || before === name;
    });
    if (found === undefined) throw new Error(`nobody is called ${name}`);
    return found.state_key;
  }

  /** What the server says now. */
  async state(type: string, key = ''): Promise<Readonly<Record<string, unknown>> | undefined> {
    try {
      return record(await this.#user.sdk.getStateEvent(this.roomId, type, key));
    } catch {
      return undefined;
    }
  }

  async #text(type: string, key: string): Promise<string | undefined> {
    const value = (await this.state(type))?.[key];
    return typeof value === 'string' ? value : undefined;
  }

  #nameOf(sender: string): string {
    return this.#user.sdk.getRoom(this.roomId)?.getMember(sender)?.rawDisplayName ?? sender;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
