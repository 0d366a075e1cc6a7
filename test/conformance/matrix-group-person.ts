import { MatrixError } from 'matrix-js-sdk';
import type { MatrixUser } from '../support/matrix-user.ts';
import { eventually } from './eventually.ts';
import type { GroupChat, GroupMatrixPerson } from './group-chat.ts';
import { MatrixGroup } from './matrix-group.ts';

const patienceMs = 20_000;

/** A user of the homeserver at matrix-js-sdk who is in groups. */
export class SdkGroupPerson implements GroupMatrixPerson, AsyncDisposable {
  readonly user: MatrixUser;
  readonly name: string;
  readonly bot: string;
  readonly network: string;
  readonly #entered = new Set<string>();
  #management: Promise<string> | undefined;

  constructor(user: MatrixUser, name: string, bot: string, network: string) {
    this.user = user;
    this.name = name;
    this.bot = bot;
    this.network = network;
  }

  get userId(): string {
    return this.user.userId;
  }

  async join(address: string): Promise<MatrixGroup | 'refused'> {
    return this.#enter(`join ${this.network} ${address}`, address);
  }

  async create(address: string, name: string): Promise<MatrixGroup | 'refused'> {
    return this.#enter(`create ${this.network} ${address} ${name}`, address);
  }

  async leaveByCommand(address: string): Promise<void> {
    await this.ask(`leave ${address}`, address);
  }

  async accept(): Promise<MatrixGroup> {
    const management = await this.#management;
    const invite = await this.user.waitForInvite(
      ({ roomId }) => roomId !== management && !this.#entered.has(roomId),
      patienceMs,
    );
    return this.#joined(invite.roomId);
  }

  async invite(chat: GroupChat, userId: string): Promise<void> {
    await this.user.invite(roomOf(chat), userId);
  }

  async upgrade(chat: GroupChat, version: string): Promise<MatrixGroup> {
    const fresh = await this.user.upgradeRoom(roomOf(chat), version);
    // Into a room that is open it comes by itself.
    await this.user.invite(fresh, this.bot).catch((error: unknown) => {
      if (!(error instanceof MatrixError) || error.errcode !== 'M_FORBIDDEN') throw error;
    });
    return this.#at(fresh);
  }

  async goBy(name: string): Promise<void> {
    await this.user.sdk.setDisplayName(name);
  }

  notices(): readonly string[] {
    return this.#noticed(new Set()).map(({ text }) => text);
  }

  /** What the bot has said that is not among these. */
  #noticed(known: ReadonlySet<string>): readonly { readonly id: string; readonly text: string }[] {
    return this.user.sdk
      .getRooms()
      .flatMap((room) => this.user.timeline(room.roomId))
      .filter((event) => event.sender === this.bot && event.content['msgtype'] === 'm.notice')
      .filter((event) => !known.has(event.eventId))
      .map(({ eventId: id, content }) => ({
        id,
        text: [content['body'], content['formatted_body']].map(String).join('\n'),
      }));
  }

  async groupRooms(): Promise<readonly string[]> {
    const management = await this.#management;
    const { joined_rooms: joined } = await this.user.sdk.getJoinedRooms();
    const found: string[] = [];
    for (const room of joined) {
      // A room that this user was put out of just now cannot be read any more.
      const members = await this.user.memberships(room).catch((): Record<string, string> => ({}));
      if (room !== management && members[this.bot] === 'join') found.push(room);
    }
    return found;
  }

  /** Says something to the bot and waits for an answer that names what is given. */
  async ask(command: string, named: string): Promise<string> {
    const room = await this.#managementRoom();
    const before = new Set(this.#noticed(new Set()).map(({ id }) => id));
    await this.user.sendText(room, command);
    return eventually(
      `the answer to ${command}`,
      () =>
        this.#noticed(before)
          .map(({ text }) => text)
          .find((notice) => notice.includes(named)),
      patienceMs,
      () => this.notices().join('\n'),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.user[Symbol.asyncDispose]();
  }

  async #enter(command: string, address: string): Promise<MatrixGroup | 'refused'> {
    const answer = await this.ask(command, address);
    const [, link] = /matrix\.to\/#\/([^"'\s<?]+)/.exec(answer) ?? [];
    return link === undefined ? 'refused' : this.#joined(decodeURIComponent(link));
  }

  async #joined(roomId: string): Promise<MatrixGroup> {
    await this.user.join(roomId);
    return this.#at(roomId);
  }

  #at(roomId: string): MatrixGroup {
    this.#entered.add(roomId);
    return new MatrixGroup(this.user, roomId, this.bot);
  }

  #managementRoom(): Promise<string> {
    this.#management ??= (async () => {
      const roomId = await this.user.createDirectRoom(this.bot);
      this.#entered.add(roomId);
      await eventually(
        'the bot to join',
        async () => (await this.user.memberships(roomId))[this.bot] === 'join' || undefined,
        patienceMs,
      );
      await this.user.knows(roomId, this.bot);
      return roomId;
    })();
    return this.#management;
  }
}

function roomOf(chat: GroupChat): string {
  if (!(chat instanceof MatrixGroup)) throw new Error('this is no room');
  return chat.roomId;
}
