/** What users are told of their membership, and what the core is: each once, under a name that repeats. */
import type { MatrixUserId } from '../../core/ids.ts';
import type { EventSink } from '../../core/network.ts';
import type { Log } from '../../core/task.ts';
import { renderLogin, type Login } from '../../interop/enlistment/login.ts';
import type { WhatsappConfig } from './config.ts';
import type { EnlistmentTrouble, Line, WhatsappTexts } from './deps.ts';
import { accountId } from './ids.ts';

export interface MemberNewsDeps {
  readonly sink: Pick<EventSink, 'tell' | 'account'>;
  readonly texts: WhatsappTexts;
  readonly custody: WhatsappConfig['custody'];
  readonly log: Log;
  readonly now: () => number;
}

/** Whom it is about. */
interface Who {
  readonly user: MatrixUserId;
  readonly identifier: string | undefined;
}

export class MemberNews {
  readonly #deps: MemberNewsDeps;

  constructor(deps: MemberNewsDeps) {
    this.#deps = deps;
  }

  /** `before` is the account that the user had until the host dismissed them. */
  async enlisted({ user, identifier = '' }: Who, login: Login, before: Login | undefined): Promise<void> {
    const { sink, texts, custody } = this.#deps;
    if (before !== undefined && renderLogin(before) !== renderLogin(login))
      await sink.account?.(user, accountId(before), 'gone');
    await sink.account?.(user, accountId(login), 'linked');
    const line =
      before === undefined
        ? texts.enlisted({ address: identifier, custody })
        : texts.renewed({ address: identifier });
    await this.#tell(user, `whatsapp/enlisted/${renderLogin(login)}/${this.#day()}`, line);
  }

  async refused({ user }: Who, reason: EnlistmentTrouble): Promise<void> {
    const { texts } = this.#deps;
    await this.#tell(user, `whatsapp/refused/${reason}/${this.#deps.now()}`, texts.refused(reason));
  }

  /** It goes on by itself. */
  async waiting({ user }: Who, reason: EnlistmentTrouble): Promise<void> {
    await this.#tell(user, `whatsapp/waiting/${this.#day()}`, this.#deps.texts.refused(reason));
  }

  async gone({ user }: Who, login: Login, then: 'unlinked' | 'forgotten'): Promise<void> {
    const { sink, texts } = this.#deps;
    await sink.account?.(user, accountId(login), 'gone');
    // Who disables the network was told that it is ended; whoever is erased is told nothing more.
    if (then === 'unlinked')
      await this.#tell(user, `whatsapp/deleted/${renderLogin(login)}`, texts.deleted());
  }

  /** What is not told changes nothing of what was done. */
  async #tell(user: MatrixUserId, id: string, line: Line): Promise<void> {
    const { sink, log } = this.#deps;
    const failed = await sink.tell?.(user, id, line);
    if (failed !== undefined)
      log.warn({ reason: failed.reason }, 'a user could not be told of their account');
  }

  #day(): number {
    return Math.floor(this.#deps.now() / 86_400_000);
  }
}
