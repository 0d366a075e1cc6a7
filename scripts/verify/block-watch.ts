import { RoomEvent, RoomMemberEvent, UserEvent, type MatrixEvent } from 'matrix-js-sdk';
import type { MatrixUser } from '../../test/support/matrix-user.ts';
import { objectOf } from './marks.ts';

/** Something that reached a Matrix user's client. */
export interface Sighting {
  readonly by: string;
  readonly what: string;
}

/** Notes all that a Matrix user's client is shown of others: events, invitations, typing, receipts, presence, profiles. */
export class Watch {
  readonly #own: string;
  readonly #seen: Sighting[] = [];

  constructor({ sdk, userId }: MatrixUser) {
    this.#own = userId;
    sdk.on(RoomEvent.Timeline, (event, _room, toStart) => {
      if (toStart !== true) this.#note(event.getSender(), told(event));
    });
    sdk.on(RoomEvent.MyMembership, (room, membership) => {
      const inviter = room.getMember(userId)?.events.member?.getSender();
      if (membership === 'invite') this.#note(inviter, `invitation to ${room.roomId}`);
    });
    sdk.on(RoomMemberEvent.Typing, (_event, member) => {
      if (member.typing) this.#note(member.userId, 'typing');
    });
    sdk.on(RoomEvent.Receipt, (event) => {
      for (const types of Object.values(event.getContent()))
        for (const readers of Object.values(objectOf(types)))
          for (const reader of Object.keys(objectOf(readers))) this.#note(reader, 'a receipt');
    });
    sdk.on(UserEvent.Presence, (_event, user) => this.#note(user.userId, `presence ${user.presence}`));
    sdk.on(UserEvent.DisplayName, (_event, user) => this.#note(user.userId, 'a new name'));
    sdk.on(UserEvent.AvatarUrl, (_event, user) => this.#note(user.userId, 'a new picture'));
  }

  /** Where the notes end now. */
  mark(): number {
    return this.#seen.length;
  }

  /** What was noted since, of others than the user themself. */
  since(mark: number): readonly Sighting[] {
    return this.#seen.slice(mark).filter(({ by }) => by !== this.#own);
  }

  #note(by: string | undefined, what: string): void {
    if (by !== undefined) this.#seen.push({ by, what });
  }
}

function told(event: MatrixEvent): string {
  const body: unknown = event.getContent()['body'];
  return `${event.getType()}${typeof body === 'string' ? ` "${body}"` : ''} in ${event.getRoomId()}`;
}
