import type { RemoteChatId } from '../../../core/ids.ts';
import type { Link } from '../client.ts';
import { roomUser } from './occupant-names.ts';
import { pictureVersion } from './picture.ts';
import type { RoomEar } from './room-ear.ts';
import { askPicture, type RoomInfo } from './room-info.ts';

export interface LooksDeps {
  readonly link: Link;
  /** Who asks. */
  readonly from: string;
  readonly now: () => number;
}

/** What a room is called and looks like, as far as that has been told. */
export class RoomLooks {
  readonly #chat: RemoteChatId;
  readonly #ear: RoomEar;
  readonly #deps: LooksDeps;
  #name: string | undefined;
  #avatar: string | undefined;

  constructor(chat: RemoteChatId, ear: RoomEar, deps: LooksDeps) {
    this.#chat = chat;
    this.#ear = ear;
    this.#deps = deps;
  }

  /** Tells what is new. What is told first after a start is known by what it says, so that it is told once. */
  async announce(info: RoomInfo): Promise<void> {
    if (info.name !== undefined && info.name !== this.#name) {
      const mark = this.#mark(this.#name);
      this.#name = info.name;
      this.#ear.happen({ kind: 'name', text: info.name }, roomUser(this.#chat), mark);
    }
    const same = this.#avatar !== undefined && info.avatarHash === this.#avatar;
    if (info.vcard && !same) await this.#announceAvatar(info);
  }

  async #announceAvatar(info: RoomInfo): Promise<void> {
    const { link, from } = this.#deps;
    const picture = await askPicture(link, from, this.#chat);
    if (typeof picture === 'object' && 'kind' in picture) return;
    const shown = picture === 'none' ? undefined : picture;
    const known = info.avatarHash ?? (shown === undefined ? 'none' : pictureVersion(shown));
    if (known === this.#avatar || (this.#avatar === undefined && shown === undefined)) return;
    const mark = this.#mark(this.#avatar);
    this.#avatar = known;
    this.#ear.happen({ kind: 'avatar', picture: shown }, roomUser(this.#chat), mark);
  }

  #mark(before: string | undefined): string {
    return before === undefined ? 'first' : `${this.#deps.now()}`;
  }
}
