import type { RoomId } from '../core/ids.ts';
import type { Failed } from '../core/outcome.ts';
import type { EventSender } from './event-sender.ts';
import type { ManagementRooms } from './management.ts';

/** How the bot takes leave of a user: a last line in their management room, and then it goes. No other room is made. */
export class Farewell {
  readonly #sender: EventSender;
  readonly #management: Pick<ManagementRooms, 'as' | 'decline'>;

  constructor(sender: EventSender, management: Pick<ManagementRooms, 'as' | 'decline'>) {
    this.#sender = sender;
    this.#management = management;
  }

  /** Says a line; the same id shows once. */
  async say(
    room: RoomId,
    id: string,
    text: { readonly plain: string; readonly html: string },
  ): Promise<undefined | Failed> {
    const sent = await this.#sender.send({
      room,
      as: this.#management.as,
      type: 'm.room.message',
      content: {
        msgtype: 'm.notice',
        body: text.plain,
        format: 'org.matrix.custom.html',
        formatted_body: text.html,
        'm.mentions': {},
      },
      cause: id,
      part: 'notice',
    });
    return sent.kind === 'failed' ? sent : undefined;
  }

  leave(room: RoomId): Promise<undefined | Failed> {
    return this.#management.decline(room);
  }
}
