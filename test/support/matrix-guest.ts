import type { SeenEvent } from './matrix-event.ts';
import type { MatrixUser } from './matrix-user.ts';

const patienceMs = 30_000;

/** A Matrix user with a management room, in which they talk to the bridge's bot. */
export class MatrixGuest {
  readonly user: MatrixUser;
  readonly management: string;
  /** Their address on XMPP; empty where there is none. */
  readonly jid: string;
  readonly #bot: string;
  #asking: Promise<unknown> = Promise.resolve();

  constructor(user: MatrixUser, at: { management: string; jid: string; bot: string }) {
    this.user = user;
    this.management = at.management;
    this.jid = at.jid;
    this.#bot = at.bot;
  }

  /** Opens the management room of a user; one that is not encrypted, where that is asked for. */
  static async meet(user: MatrixUser, bot: string, jid = '', isPlain = false): Promise<MatrixGuest> {
    const management = await user.createDirectRoom(bot, isPlain);
    const guest = new MatrixGuest(user, { management, jid, bot });
    const isWelcome = ({ sender, type }: SeenEvent): boolean => sender === bot && type === 'm.room.message';
    await user.waitForEvent(management, isWelcome, patienceMs, 'the welcome');
    return guest;
  }

  /** What the bot has said, without the marks that keep the directions of scripts apart. */
  lines(): readonly string[] {
    return this.#said().map(plainOf);
  }

  /** The events by which the bot said it. */
  #said(): readonly SeenEvent[] {
    return this.user
      .timeline(this.management)
      .filter(({ sender, type }) => sender === this.#bot && type === 'm.room.message');
  }

  /** A line of the bot's, there already after `since` lines or to come. */
  async line(pattern: RegExp, since = 0, timeoutMs = patienceMs): Promise<{ id: string; text: string }> {
    const before = new Set(this.#said().slice(0, since));
    const isIt = (event: SeenEvent): boolean =>
      event.type === 'm.room.message' &&
      event.sender === this.#bot &&
      !before.has(event) &&
      pattern.test(plainOf(event));
    const wanted = `a line like ${String(pattern)}`;
    const found = await this.user.waitForEvent(this.management, isIt, timeoutMs, wanted);
    return { id: found.eventId, text: plainOf(found) };
  }

  /** Says something to the bot, and resolves to what it answers; one question at a time. */
  readonly ask = (command: string, answer: RegExp): Promise<string> => {
    const asked = this.#asking.then(async () => {
      const since = this.#said().length;
      await this.user.sendText(this.management, command);
      return (await this.line(answer, since)).text;
    });
    this.#asking = asked.catch(() => undefined);
    return asked;
  };
}

function plainOf({ content }: SeenEvent): string {
  return String(content['body']).replaceAll(/[\u2066-\u2069]/g, '');
}
