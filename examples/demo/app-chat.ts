import { setTimeout as sleep } from 'node:timers/promises';
import type { SeenEvent } from '../../test/support/matrix-event.ts';
import type { MatrixUser } from '../../test/support/matrix-user.ts';
import { MatrixChat } from '../../test/conformance/matrix-chat.ts';
import { PartnerChat } from '../../test/conformance/partner-chat.ts';
import type { RichChat } from '../../test/conformance/rich-chat.ts';
import type { TimelineEvent } from '../partner-app/event.ts';
import type { PartnerUser } from '../partner-app/user.ts';
import { appText } from './app-line.ts';
import { app } from './app-plan.ts';
import type { Place } from './chat.ts';
import { patienceMs, type Direction, type Line, type Row, type Shown, type Talk } from './exchange.ts';

/** A message under the names that both sides have for it. */
export interface Known {
  readonly eventId: string;
  readonly appId: string;
}

/** The direct chat of Alice, at her Matrix client, with a user of the third-party app. */
export class AppChat implements Talk {
  readonly alice: MatrixUser;
  readonly friend: PartnerUser;
  readonly friendName: string;
  readonly #known = new Map<string, Known>();
  #place: Place | undefined;

  constructor(alice: MatrixUser, friend: PartnerUser, friendName: string) {
    this.alice = alice;
    this.friend = friend;
    this.friendName = friendName;
  }

  get headings(): readonly [string, string] {
    return ["Alice's Matrix client", `${this.friendName}'s third-party app (${this.friend.identifier})`];
  }

  get place(): Place {
    if (this.#place === undefined) throw new Error('The chat was never opened.');
    return this.#place;
  }

  /** Alice goes to where she was invited. */
  async enter(room: string, ghost: string): Promise<void> {
    await this.alice.join(room);
    await this.alice.markDirect(ghost, room);
    this.#place = { room, ghost };
    // The client needs its own sight of the room before it can send to it.
    while (this.alice.sdk.getRoom(room)?.getMyMembership() !== 'join') await sleep(10);
  }

  get aliceEnd(): MatrixChat {
    return new MatrixChat(this.alice, this.place.room, this.place.ghost);
  }

  get friendEnd(): PartnerChat {
    return new PartnerChat(this.friend, this.alice.userId);
  }

  /** Who sends and who receives. */
  ends(direction: Direction): { readonly from: RichChat; readonly to: RichChat } {
    const [alice, friend] = [this.aliceEnd, this.friendEnd];
    return direction === 'to-matrix' ? { from: friend, to: alice } : { from: alice, to: friend };
  }

  /** Keeps a message that later ones are about. */
  remember(text: string, known: Known): void {
    this.#known.set(text, known);
  }

  /** The message that was told before with this text. */
  known(text: string): Known {
    const known = this.#known.get(text);
    if (known === undefined) throw new Error(`The message "${text}" that this is about never got through.`);
    return known;
  }

  shown(...rows: readonly Row[]): Shown {
    return { chat: this, rows };
  }

  /** What both clients show of one message, by its names. */
  async row(direction: Direction, { eventId, appId }: Known): Promise<Row> {
    const mine = direction === 'to-matrix';
    const at = this.#timeline().find((one) => 'mine' in one && one.id === appId && one.mine === mine);
    return {
      ...{ matrix: await this.ownEvent(eventId), direction },
      ...(at === undefined ? {} : { app: this.appLine(at) }),
    };
  }

  /** An event of the ghost that Alice's client shows, or will show in time. */
  hear(expected: (event: SeenEvent) => boolean, withinMs = patienceMs): Promise<SeenEvent> {
    const { room, ghost } = this.place;
    return this.alice.waitForEvent(room, (event) => event.sender === ghost && expected(event), withinMs);
  }

  /** Alice's own event as her client shows it after a sync. */
  ownEvent(eventId: string): Promise<SeenEvent> {
    return this.alice.waitForEvent(this.place.room, (event) => event.eventId === eventId, patienceMs);
  }

  /** What the app shows of an event of its timeline. */
  appLine(event: TimelineEvent): Line {
    const isFriends = ('mine' in event && event.mine) || event.kind === 'timer';
    const speaker = event.kind === 'receipt' ? app.shownName : isFriends ? this.friendName : 'Alice';
    return { speaker, text: appText(event, this.#timeline()) };
  }

  matrixSpeaker({ sender }: SeenEvent): string {
    if (sender === this.alice.userId) return 'Alice';
    return sender === this.#place?.ghost ? this.friendName : 'Bot';
  }

  event(id: string): SeenEvent | undefined {
    return this.alice.timeline(this.place.room).find((event) => event.eventId === id);
  }

  directionOf({ direction }: Row): Direction | undefined {
    return direction;
  }

  #timeline(): readonly TimelineEvent[] {
    const { address } = this.friendEnd;
    return this.friend.timeline().filter(({ chat }) => chat === address);
  }
}
