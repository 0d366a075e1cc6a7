import type { SeenEvent } from '../../test/support/matrix-event.ts';
import type { MatrixUser } from '../../test/support/matrix-user.ts';
import { patienceMs } from './exchange.ts';

/** The marks around a piece of text that keeps its own direction. */
const isolates = /[\u2066-\u2069]/g;

/** Alice's chat with the bot of the bridge. */
export class ManagementRoom {
  readonly alice: MatrixUser;
  readonly bot: string;
  #room: string | undefined;
  /** How many of the bot's notices were heard already. */
  #heard = 0;

  constructor(alice: MatrixUser, bot: string) {
    this.alice = alice;
    this.bot = bot;
  }

  get room(): string {
    if (this.#room === undefined) throw new Error('The chat with the bot was never opened.');
    return this.#room;
  }

  /** Invites the bot to a new room, unless that was done already, and waits for it to join. */
  async open(): Promise<void> {
    this.#room ??= await this.alice.createDirectRoom(this.bot);
    const joined = (event: SeenEvent): boolean =>
      event.type === 'm.room.member' && event.stateKey === this.bot && event.content['membership'] === 'join';
    await this.alice.waitForEvent(this.#room, joined, patienceMs, `${this.bot} to join`);
  }

  /** What the bot says from now on is new. */
  listen(): void {
    this.#heard = this.#notices().length;
  }

  /** Writes to the bot, and resolves to one's own event. */
  async write(command: string): Promise<SeenEvent> {
    this.listen();
    const id = await this.alice.sendText(this.room, command);
    return this.alice.waitForEvent(this.room, ({ eventId }) => eventId === id, patienceMs);
  }

  /** The bot's notice that the predicate accepts, since the last command. */
  async hear(accepts: (text: string) => boolean): Promise<SeenEvent> {
    const old = new Set(this.#notices().slice(0, this.#heard));
    return this.alice.waitForEvent(
      this.room,
      (event) => this.#isNotice(event) && !old.has(event) && accepts(plain(event)),
      patienceMs,
      'an answer of the bot',
    );
  }

  #notices(): readonly SeenEvent[] {
    return this.alice.timeline(this.room).filter((event) => this.#isNotice(event));
  }

  #isNotice(event: SeenEvent): boolean {
    return event.sender === this.bot && event.content['msgtype'] === 'm.notice';
  }
}

function plain({ content }: SeenEvent): string {
  return String(content['body']).replace(isolates, '');
}
