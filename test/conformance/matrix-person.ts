import type { Invite, MatrixUser } from '../support/matrix-user.ts';
import { eventually } from './eventually.ts';
import { MatrixChat } from './matrix-chat.ts';
import type { Chat, MatrixPerson, RemotePerson } from './rig.ts';

const patienceMs = 20_000;

/** A user of the homeserver at matrix-js-sdk, who accepts what ghosts and the bot invite them to. */
export class SdkPerson implements MatrixPerson, AsyncDisposable {
  readonly #user: MatrixUser;
  readonly #bot: string;
  readonly #network: string;
  readonly #chats = new Map<string, MatrixChat>();
  #management: Promise<string> | undefined;

  constructor(user: MatrixUser, bot: string, network: string) {
    this.#user = user;
    this.#bot = bot;
    this.#network = network;
  }

  /** The client itself, for verbs that are not of this class. */
  get client(): MatrixUser {
    return this.#user;
  }

  get userId(): string {
    return this.#user.userId;
  }

  async chatWith(remote: RemotePerson): Promise<MatrixChat> {
    const known = this.#chats.get(remote.ghost);
    if (known !== undefined) return known;
    const invite = await this.#user.waitForInvite(({ inviter }) => inviter === remote.ghost, patienceMs);
    return this.#accept(invite);
  }

  async start(address: string): Promise<Chat | 'refused'> {
    const room = await this.#managementRoom();
    const before = this.notices().length;
    await this.#user.sendText(room, `start ${this.#network} ${address}`);
    // The welcome may still come in between; the answer names the room or the address.
    const isAnswer = (notice: string): boolean => notice.includes('matrix.to') || notice.includes(address);
    const answer = await eventually(
      'the answer to `start`',
      () => this.notices().slice(before).find(isAnswer),
      patienceMs,
      () => this.notices().join('\n'),
    );
    const chat = await this.#startedChat(answer);
    return chat ?? 'refused';
  }

  async invite(remote: RemotePerson): Promise<Chat | 'declined'> {
    const roomId = await this.#user.createDirectRoom(remote.ghost);
    const membership = await eventually(
      'the ghost to join or to decline',
      async () => {
        const state = (await this.#user.memberships(roomId))[remote.ghost];
        return state === 'invite' ? undefined : (state ?? 'leave');
      },
      patienceMs,
    );
    await this.#user.knows(roomId, remote.ghost);
    return membership === 'join' ? this.#chat(roomId, remote.ghost) : 'declined';
  }

  async roomsWith(remote: RemotePerson): Promise<number> {
    const rooms = this.#user.sdk.getRooms();
    const states = await Promise.all(
      rooms.map(async (room) => {
        const mine = room.getMyMembership();
        if (mine === 'invite')
          return room.getMember(this.userId)?.events.member?.getSender() === remote.ghost;
        if (mine !== 'join') return false;
        const ghost = (await this.#user.memberships(room.roomId))[remote.ghost];
        return ghost === 'join' || ghost === 'invite';
      }),
    );
    return states.filter(Boolean).length;
  }

  notices(): readonly string[] {
    return this.#user.sdk
      .getRooms()
      .flatMap((room) => this.#user.timeline(room.roomId))
      .filter((event) => event.sender === this.#bot && event.content['msgtype'] === 'm.notice')
      .map((event) => [event.content['body'], event.content['formatted_body']].map(String).join('\n'));
  }

  /** Says something to the bot. */
  async command(words: string): Promise<void> {
    await this.#user.sendText(await this.#managementRoom(), words);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#user[Symbol.asyncDispose]();
  }

  /** The room that the bot's answer links to, or the one that a ghost has invited this user to. */
  async #startedChat(answer: string): Promise<Chat | undefined> {
    for (const chat of this.#chats.values()) {
      if (answer.includes(chat.roomId)) return chat;
    }
    const [, roomId] = /matrix\.to\/#\/([^"'\s<?]+)/.exec(answer) ?? [];
    if (roomId === undefined) return undefined;
    const wanted = decodeURIComponent(roomId);
    const invite = await this.#user.waitForInvite((one) => one.roomId === wanted, patienceMs);
    return this.#accept(invite);
  }

  async #accept(invite: Invite): Promise<MatrixChat> {
    await this.#user.join(invite.roomId);
    await this.#user.markDirect(invite.inviter, invite.roomId);
    return this.#chat(invite.roomId, invite.inviter);
  }

  #chat(roomId: string, ghost: string): MatrixChat {
    const chat = new MatrixChat(this.#user, roomId, ghost);
    this.#chats.set(ghost, chat);
    return chat;
  }

  #managementRoom(): Promise<string> {
    this.#management ??= (async () => {
      const roomId = await this.#user.createDirectRoom(this.#bot);
      await eventually(
        'the bot to join',
        async () => (await this.#user.memberships(roomId))[this.#bot] === 'join' || undefined,
        patienceMs,
      );
      await this.#user.knows(roomId, this.#bot);
      return roomId;
    })();
    return this.#management;
  }
}
