/** Verification in rooms: https://spec.matrix.org/v1.16/client-server-api/#key-verification-framework */
import type { OpenedMatrixEvent } from '../../core/homeserver.ts';
import type { MatrixUserId } from '../../core/ids.ts';
import type { Failed } from '../../core/outcome.ts';
import type { UserStore } from '../../core/stores.ts';
import { text } from '../../texts/catalogue.ts';
import type { Accounts } from '../accounts.ts';
import type { EventSender } from '../event-sender.ts';
import type { Masquerade } from '../request.ts';

export type VerificationAsked = Extract<OpenedMatrixEvent, { readonly kind: 'verification' }>;

/** Cancels what nobody can go through with: a person on another network sees no emoji to compare. */
export class Verifications {
  readonly #sender: Pick<EventSender, 'send'>;
  readonly #accounts: Pick<Accounts, 'as'>;
  readonly #botAs: Masquerade;
  readonly #bot: MatrixUserId;
  readonly #users: Pick<UserStore, 'get'>;

  constructor(
    sender: Pick<EventSender, 'send'>,
    accounts: Pick<Accounts, 'as'>,
    botAs: Masquerade,
    bot: MatrixUserId,
    users: Pick<UserStore, 'get'>,
  ) {
    this.#sender = sender;
    this.#accounts = accounts;
    this.#botAs = botAs;
    this.#bot = bot;
    this.#users = users;
  }

  /** As the one who is asked, into the same room. May be repeated. */
  async cancel({ user, room, request, of }: VerificationAsked): Promise<undefined | Failed> {
    const language = (await this.#users.get(user))?.language ?? 'en';
    const sent = await this.#sender.send({
      room,
      as: of === this.#bot ? this.#botAs : this.#accounts.as(of),
      type: 'm.key.verification.cancel',
      content: {
        'm.relates_to': { rel_type: 'm.reference', event_id: request },
        code: 'm.user',
        reason: text(language, 'verification.cancelled'),
      },
      cause: request,
      part: 'verification',
    });
    return sent.kind === 'failed' ? sent : undefined;
  }
}
