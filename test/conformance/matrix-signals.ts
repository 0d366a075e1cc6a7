import { ReceiptType } from 'matrix-js-sdk';
import { SetPresence } from 'matrix-js-sdk/lib/sync.js';
import type { MatrixUser } from '../support/matrix-user.ts';
import { MatrixChat } from './matrix-chat.ts';
import { SdkPerson } from './matrix-person.ts';
import type { SampleFile } from './rig.ts';
import type { PresenceState, SignalEnd } from './signal-chat.ts';
import type { Pair } from './stage.ts';

const states = { online: 'online', away: 'unavailable', offline: 'offline' } as const;

/** The end of a Matrix user at matrix-js-sdk. */
export function matrixEnd({ matrix, matrixChat, remote }: Pair): SignalEnd {
  if (!(matrix instanceof SdkPerson) || !(matrixChat instanceof MatrixChat)) throw new Error('no such user');
  return new MatrixEnd(matrix.client, matrixChat.roomId, remote.ghost);
}

class MatrixEnd implements SignalEnd {
  readonly #user: MatrixUser;
  readonly #room: string;
  readonly #ghost: string;

  constructor(user: MatrixUser, room: string, ghost: string) {
    this.#user = user;
    this.#room = room;
    this.#ghost = ghost;
  }

  type(typing: boolean): Promise<void> {
    return this.#user.setTyping(this.#room, typing);
  }

  read(id: string): Promise<void> {
    return this.#user.markRead(this.#room, id);
  }

  async readPrivately(id: string): Promise<void> {
    const event = this.#user.sdk.getRoom(this.#room)?.findEventById(id);
    if (event === undefined) throw new Error(`${id} has not been seen`);
    await this.#user.sdk.sendReadReceipt(event, ReceiptType.ReadPrivate);
  }

  async be(presence: PresenceState, status: string): Promise<void> {
    const state = states[presence];
    // Each sync would say again that the user is there.
    await this.#user.sdk.setSyncPresence(state === 'online' ? SetPresence.Online : SetPresence.Offline);
    await this.#user.sdk.setPresence({ presence: state, status_msg: status });
  }

  async rename(name: string): Promise<void> {
    await this.#user.sdk.setDisplayName(name);
  }

  async picture(file: SampleFile | undefined): Promise<void> {
    await this.#user.sdk.setAvatarUrl(file === undefined ? '' : await this.#user.upload(file));
  }

  isTyping(): boolean {
    return this.#user.sdk.getRoom(this.#room)?.getMember(this.#ghost)?.typing === true;
  }

  isRead(id: string): boolean {
    return this.#user.sdk.getRoom(this.#room)?.hasUserReadEvent(this.#ghost, id) === true;
  }

  async presence(): Promise<{ presence: PresenceState; status: string | undefined }> {
    const { presence, status_msg: status } = await this.#user.sdk.getPresence(this.#ghost);
    const state = presence === 'online' ? 'online' : presence === 'offline' ? 'offline' : 'away';
    return { presence: state, status };
  }

  async name(): Promise<string | undefined> {
    return (await this.#user.sdk.getProfileInfo(this.#ghost)).displayname;
  }

  async face(): Promise<Uint8Array | undefined> {
    const { avatar_url: uri = '' } = await this.#user.sdk.getProfileInfo(this.#ghost);
    return uri === '' ? undefined : (await this.#user.downloadMedia(uri)).bytes;
  }
}
