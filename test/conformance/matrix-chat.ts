import type { MatrixUser } from '../support/matrix-user.ts';
import { readTimeline } from './matrix-timeline.ts';
import type { SampleFile, Seen } from './rig.ts';
import type { RichChat, RichSeen, SampleMedia, SamplePlace } from './rich-chat.ts';
import * as rich from './rich-matrix-content.ts';
import { answersOf, readRichTimeline } from './rich-timeline.ts';

/** A Matrix user's room with a ghost. */
export class MatrixChat implements RichChat {
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

  sayAs(style: 'emote' | 'notice', text: string): Promise<string> {
    return this.#user.sendMessage(this.roomId, { msgtype: `m.${style}`, body: text });
  }

  saySpoiler(text: string, hidden: string): Promise<string> {
    return this.#user.sendMessage(this.roomId, rich.spoilerContent(text, hidden));
  }

  sayCode(code: string, language: string): Promise<string> {
    return this.#user.sendMessage(this.roomId, rich.codeContent(code, language));
  }

  mention(text: string): Promise<string> {
    return this.#user.sendMessage(this.roomId, rich.mentionContent(text, this.#ghost, 'friend'));
  }

  sayInThread(root: string, text: string): Promise<string> {
    return this.#user.sendMessage(this.roomId, rich.threadContent(root, root, text));
  }

  async sendMedia(media: SampleMedia): Promise<string> {
    const type = media.sort === 'sticker' ? 'm.sticker' : 'm.room.message';
    return this.#user.sendEvent(this.roomId, type, rich.mediaContent(await this.#store(media)));
  }

  async sendGallery(items: readonly SampleMedia[], caption: string): Promise<string> {
    const stored = await Promise.all(items.map((item) => this.#store(item)));
    return this.#user.sendMessage(this.roomId, rich.galleryContent(stored, caption));
  }

  sendPlace(place: SamplePlace): Promise<string> {
    return this.#user.sendMessage(this.roomId, rich.placeContent(place));
  }

  askPoll(question: string, answers: readonly string[], maxSelections: number): Promise<string> {
    const content = rich.pollContent(question, answers, maxSelections);
    return this.#user.sendEvent(this.roomId, 'org.matrix.msc3381.poll.start', content);
  }

  async vote(poll: string, choices: readonly string[]): Promise<void> {
    const answers = answersOf(this.#user.timeline(this.roomId), poll);
    const ids = answers.filter(({ text }) => choices.includes(text)).map(({ id }) => id);
    const content = rich.voteContent(poll, ids);
    await this.#user.sendEvent(this.roomId, 'org.matrix.msc3381.poll.response', content);
  }

  async endPoll(poll: string): Promise<void> {
    await this.#user.sendEvent(this.roomId, 'org.matrix.msc3381.poll.end', rich.pollEndContent(poll));
  }

  async editCaption(target: string, media: SampleMedia, caption: string): Promise<string> {
    const fresh = rich.mediaContent(await this.#store(media), caption);
    const relation = { rel_type: 'm.replace', event_id: target };
    const edit = { ...fresh, body: `* ${caption}`, 'm.new_content': fresh, 'm.relates_to': relation };
    return this.#user.sendMessage(this.roomId, edit);
  }

  richSeen(): readonly RichSeen[] {
    return readRichTimeline(this.#user.timeline(this.roomId), this.#ghost, {
      userId: this.#user.userId,
      load: async (mxc) => (await this.#user.downloadMedia(mxc)).bytes,
    });
  }

  async #store(media: SampleMedia): Promise<rich.StoredMedia> {
    const { roomId } = this;
    const thumbnail = media.thumbnail && (await this.#user.upload(media.thumbnail, roomId));
    return { media, mxc: await this.#user.upload(media, roomId), thumbnail };
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
