import { SetPresence } from 'matrix-js-sdk/lib/sync.js';
import { MatrixChat } from '../../../test/conformance/matrix-chat.ts';
import type { SampleMedia } from '../../../test/conformance/rich-chat.ts';
import { sampleOf } from '../../../test/conformance/content-samples.ts';
import type { SeenEvent } from '../../../test/support/matrix-event.ts';
import type { Deed, End, Said, Shape, Told } from './end.ts';
import { seenOnMatrix, timerType } from './matrix-shapes.ts';
import type { MatrixGuest } from '../../../test/support/matrix-guest.ts';

const patienceMs = 20_000;

/** A Matrix user's end of a chat with a ghost, alone or in a group. */
export class MatrixEnd implements End {
  readonly room: string;
  readonly ghost: string;
  readonly #guest: MatrixGuest;
  readonly #chat: MatrixChat;

  constructor(guest: MatrixGuest, room: string, ghost: string) {
    this.#guest = guest;
    this.room = room;
    this.ghost = ghost;
    this.#chat = new MatrixChat(guest.user, room, ghost);
  }

  async say(text: string): Promise<Said> {
    const name = await this.#chat.say(text);
    return { name, stanza: '' };
  }

  async heard(text: string): Promise<Said> {
    const isIt = ({ sender, content }: SeenEvent): boolean =>
      sender === this.ghost && content['body'] === text;
    const { eventId } = await this.#guest.user.waitForEvent(this.room, isIt, patienceMs, `"${text}"`);
    return { name: eventId, stanza: '' };
  }

  async act({ feature, mark, emoji, own, other, file }: Deed): Promise<string> {
    const { user } = this.#guest;
    const chat = this.#chat;
    switch (feature) {
      case 'formatting':
        return chat.sayBold(`${mark} bold`, 'bold');
      case 'link':
        return chat.say(`${mark} https://example.org/`);
      case 'image':
      case 'video':
      case 'audio':
      case 'voice':
      case 'file':
      case 'sticker':
      case 'contact':
        return this.#sendFile({ ...sampleOf(feature, mark), ...file });
      case 'location':
        return chat.sendPlace({ latitude: 52.5, longitude: 13.4, description: mark });
      case 'poll':
        return chat.askPoll(mark, ['tea', 'coffee'], 1);
      case 'reply':
        return chat.reply(other.matrix, mark);
      case 'thread':
        return chat.sayInThread(other.matrix, mark);
      case 'mention':
        return chat.mention(mark);
      case 'edit':
        return chat.edit(own.matrix, mark);
      case 'reaction':
        return user.react(this.room, other.matrix, emoji);
      case 'redaction':
        return user.redact(this.room, own.matrix);
      case 'read-receipt':
        await user.markRead(this.room, other.matrix);
        return '';
      case 'typing':
        await user.setTyping(this.room, true);
        return '';
      case 'presence':
        await user.sdk.setSyncPresence(SetPresence.Online);
        await user.sdk.setPresence({ presence: 'online', status_msg: mark });
        return '';
      case 'disappearing':
        return user.sendMessage(this.room, {
          ...{ msgtype: 'm.text', body: mark },
          [timerType]: { type: 'after_send', timer: 3_600_000 },
        });
      case 'text':
      case 'group':
      case 'delivery-receipt':
      case 'call':
        return chat.say(mark);
    }
  }

  nameOf(id: string): string {
    return id;
  }

  async end({ feature }: Deed): Promise<void> {
    if (feature === 'typing') await this.#guest.user.setTyping(this.room, false);
  }

  async sees(deed: Deed): Promise<Shape | undefined> {
    const { sdk } = this.#guest.user;
    const known = sdk.getRoom(this.room);
    switch (deed.feature) {
      case 'typing':
        return known?.getMember(this.ghost)?.typing === true ? 'itself' : undefined;
      case 'read-receipt':
        // The client takes what somebody says for a sign that they have read what was before it; that is left out.
        return known?.getReadReceiptForUserId(this.ghost, true)?.eventId === deed.other.matrix
          ? 'itself'
          : undefined;
      case 'presence':
        return (await sdk.getPresence(this.ghost)).status_msg === deed.mark ? 'itself' : undefined;
      default: {
        const events = this.#guest.user.timeline(this.room);
        return seenOnMatrix(deed, events, { ghost: this.ghost, me: this.#guest.user.userId });
      }
    }
  }

  told(id: string, rule: string): Told {
    const statuses = this.#guest.user
      .timeline(this.room)
      .filter(
        ({ type, relation, content }) =>
          type === 'com.beeper.message_send_status' &&
          relation?.eventId === id &&
          String(content['status']).startsWith('FAIL'),
      )
      .map(() => 'a message status');
    const lines = this.#guest.lines().filter((line) => line.includes(` ${rule} `));
    return {
      refusals: [...statuses, ...lines.filter((line) => line.includes('was not delivered'))],
      changes: lines.filter((line) => line.includes('was changed')),
    };
  }

  /** Without its caption, which is a text. */
  #sendFile({ sort, name, type, bytes, duration = 0, waveform = [] }: SampleMedia): Promise<string> {
    const sound = sort === 'voice' || sort === 'audio' ? { duration, waveform } : {};
    return this.#chat.sendMedia({ sort, name, type, bytes, ...sound });
  }
}
