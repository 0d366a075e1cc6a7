import type { MatrixUser } from '../support/matrix-user.ts';
import { readTimeline } from './matrix-timeline.ts';
import type { Chat, SampleFile, Seen } from './rig.ts';

/** A Matrix user's room with a ghost. */
export class MatrixChat implements Chat {
  readonly roomId: string;
  readonly #user: MatrixUser;
  readonly #ghost: string;
  /** This user's own reactions: for each message and emoji the event to redact. */
  readonly #reactions = new Map<string, Map<string, string>>();

  constructor(user: MatrixUser, roomId: string, ghost: string) {
    this.#user = user;
    this.roomId = roomId;
    this.#ghost = ghost;
  }

  say(text: string): Promise<string> {
    return this.#user.sendText(this.roomId, text);
  }

  sayBold(text: string, word: string): Promise<string> {
    return this.#user.sendHtml(this.roomId, text, text.replace(word, `<strong>${word}</strong>`));
  }

  reply(target: string, text: string): Promise<string> {
    return this.#user.reply(this.roomId, target, text);
  }

  edit(target: string, text: string): Promise<string> {
    return this.#user.edit(this.roomId, target, text);
  }

  async react(target: string, emojis: readonly string[]): Promise<void> {
    const before = this.#reactions.get(target) ?? new Map<string, string>();
    this.#reactions.set(target, before);
    for (const [emoji, eventId] of [...before]) {
      if (emojis.includes(emoji)) continue;
      await this.#user.redact(this.roomId, eventId);
      before.delete(emoji);
    }
    for (const emoji of emojis) {
      if (!before.has(emoji)) before.set(emoji, await this.#user.react(this.roomId, target, emoji));
    }
  }

  async retract(target: string): Promise<void> {
    await this.#user.redact(this.roomId, target);
  }

  sendFile(file: SampleFile): Promise<string> {
    return this.#user.sendFile(this.roomId, file);
  }

  /** A homeserver takes no relation to an event that it does not know, so this is one that no network carries. */
  nothing(): Promise<string> {
    return this.#user.sendEvent(this.roomId, 'io.causeway.nothing', {});
  }

  seen(): readonly Seen[] {
    return readTimeline(
      this.#user.timeline(this.roomId),
      this.#ghost,
      async (mxc) => (await this.#user.downloadMedia(mxc)).bytes,
    );
  }

  isDelivered(id: string): boolean {
    return this.#statuses(id).some(
      (content) =>
        content['status'] === 'SUCCESS' &&
        Array.isArray(content['delivered_to_users']) &&
        content['delivered_to_users'].includes(this.#ghost),
    );
  }

  isRefused(id: string): boolean {
    return this.#statuses(id).some((content) => String(content['status']).startsWith('FAIL'));
  }

  #statuses(id: string): readonly Readonly<Record<string, unknown>>[] {
    return this.#user
      .timeline(this.roomId)
      .filter((event) => event.type === 'com.beeper.message_send_status' && event.relation?.eventId === id)
      .map((event) => event.content);
  }
}
