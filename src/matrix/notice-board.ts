/** Lines of the bot's that change: https://spec.matrix.org/v1.15/client-server-api/#event-replacements */
import type { MatrixEventId, MatrixUserId, RoomId } from '../core/ids.ts';
import type { Failed } from '../core/outcome.ts';
import type { Line } from '../core/report.ts';
import type { NoticeBoard } from '../core/request-notices.ts';
import type { EventSender, SentEvent } from './event-sender.ts';
import type { ManagementRooms } from './management.ts';
import type { JsonObject } from './request.ts';

/** The lines in management rooms that are edited later. They call nobody by name. */
export class MatrixNoticeBoard implements NoticeBoard {
  readonly #sender: Pick<EventSender, 'send'>;
  readonly #management: Pick<ManagementRooms, 'room' | 'forget' | 'as'>;

  constructor(
    sender: Pick<EventSender, 'send'>,
    management: Pick<ManagementRooms, 'room' | 'forget' | 'as'>,
  ) {
    this.#sender = sender;
    this.#management = management;
  }

  async post(user: MatrixUserId, id: string, line: Line): ReturnType<NoticeBoard['post']> {
    const found = await this.#management.room(user);
    if (found.kind === 'failed') return found;
    const sent = await this.#send(found.room, id, noticeOf(line));
    if (sent.kind === 'event') return { kind: 'posted', room: found.room, eventId: sent.eventId };
    if (sent.reason !== 'forbidden') return sent;
    await this.#management.forget(user, found.room);
    const another = await this.#management.room(user);
    if (another.kind === 'failed') return another;
    const again = await this.#send(another.room, id, noticeOf(line));
    return again.kind === 'failed' ? again : { kind: 'posted', room: another.room, eventId: again.eventId };
  }

  async edit(room: RoomId, eventId: MatrixEventId, id: string, line: Line): Promise<undefined | Failed> {
    const sent = await this.#send(room, id, editOf(eventId, line));
    return sent.kind === 'failed' ? sent : undefined;
  }

  #send(room: RoomId, cause: string, content: JsonObject): Promise<SentEvent | Failed> {
    return this.#sender.send({
      ...{ room, as: this.#management.as, type: 'm.room.message', content, cause },
      part: 'notice',
    });
  }
}

/** A line as the bot says it. */
export function noticeOf({ plain, html }: Line): JsonObject {
  const formatted = html === undefined ? {} : { format: 'org.matrix.custom.html', formatted_body: html };
  return { msgtype: 'm.notice', body: plain, ...formatted, 'm.mentions': {} };
}

/** What takes the place of a line. */
export function editOf(eventId: MatrixEventId, line: Line): JsonObject {
  const content = noticeOf(line);
  return {
    ...content,
    body: `* ${line.plain}`,
    'm.new_content': content,
    'm.relates_to': { rel_type: 'm.replace', event_id: eventId },
  };
}
