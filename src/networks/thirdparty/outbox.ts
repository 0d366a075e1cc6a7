/** What homeserver users say, sealed and given to the host. */
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import type { Login } from '../../interop/enlistment/login.ts';
import { encodeMessage } from '../../interop/message/protobuf.ts';
import type { NamedMessage } from '../../interop/message/to-wire.ts';
import { SaidFacts, sealedWith } from '../../interop/message/said-facts.ts';
import { stanzaFacts } from '../../interop/message/stanza-facts.ts';
import type { MessageStanza } from '../../interop/stanza/message.ts';
import type { Receipt, ReceiptStanza } from '../../interop/stanza/receipt.ts';
import type { TalkIdentity } from '../../interop/talk/talk.ts';
import type { Acquaintance } from './acquaintance.ts';
import type { End } from './ends.ts';
import type { Host, Mail } from './host.ts';
import type { Identities } from './identities.ts';
import { addressOf, pairOf, residentAddress, userOf } from './ids.ts';
import type { Resident } from './residents.ts';

export interface OutboxDeps {
  readonly host: Pick<Host, 'deliver'>;
  readonly identities: Identities;
  readonly acquaintance: Pick<Acquaintance, 'meet'>;
  readonly now: () => number;
}

const mostSaid = 20_000;

export class Outbox {
  readonly #deps: OutboxDeps;
  readonly #said = new SaidFacts(mostSaid);

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  /** Seals messages and puts them into the mailbox, in order; again under the same names it does nothing twice. */
  async say(end: End, to: Login, messages: readonly NamedMessage[]): Promise<undefined | Failed> {
    await this.#deps.acquaintance.meet(userOf(to), end.id);
    for (const { id, message } of messages) {
      const sealed = await end.talk.seal(addressOf(to), id, encodeMessage(message));
      if (sealed.kind === 'failed') return sealed;
      await this.tellIdentity(end, to, { name: id, at: this.#deps.now(), identity: sealed.identity });
      this.#said.keep(pairOf(userOf(to), end.id), id, stanzaFacts(message));
      const failed = await this.post(to, this.message(end, to, id, [sealed.sealed]));
      if (failed !== undefined) return failed;
    }
    return undefined;
  }

  /** A message that is said, or said again. */
  message(from: Resident, to: Login, id: string, sealed: MessageStanza['sealed']): MessageStanza {
    const facts = this.#said.of(pairOf(userOf(to), from.id), id);
    return {
      kind: 'message',
      ...this.#envelope(from, to),
      ...{ id, type: facts.type, notify: from.user, offline: undefined, edit: facts.edit },
      ...{ sealed: sealedWith(sealed, facts), body: undefined, unavailable: false },
    };
  }

  receipt(from: Resident, to: Login, id: string, about: Receipt): ReceiptStanza {
    return { kind: 'receipt', ...this.#envelope(from, to), id, offline: undefined, about };
  }

  async post(to: Login, mail: Mail): Promise<undefined | Failed> {
    switch (await this.#deps.host.deliver(to, mail)) {
      case 'kept':
        return undefined;
      case 'no-such-account':
        return failedForGood('no-such-user');
      case 'mailbox-full':
        return failedForNow('user-unavailable');
      case 'too-large':
        return failedForGood('too-large');
    }
  }

  /** The same, for what is to come again where there is no room for it now: then it rejects. */
  async postNow(to: Login, mail: Mail): Promise<void> {
    const failed = await this.post(to, mail);
    if (failed?.retry.kind === 'later') throw new Error('there is no room in a mailbox now');
  }

  /** Hands over who a provider's user is, where that is another than was told last. `name` is that of what showed it. */
  async tellIdentity(
    end: End,
    of: Login,
    shown: { readonly name: string; readonly at: number; readonly identity: TalkIdentity },
  ): Promise<void> {
    const { identities } = this.#deps;
    if (shown.identity === 'known' && identities.isAtHand(of, end)) return;
    const identity = await end.identityOf(of);
    if (identity === undefined) return;
    await identities.seen(of, end, { ...shown, identity });
    if (shown.identity === 'changed') await end.talk.told(addressOf(of));
  }

  #envelope(
    from: Resident,
    to: Login,
  ): Pick<MessageStanza, 'from' | 'to' | 'participant' | 'recipient' | 'time'> {
    return {
      from: residentAddress(from.id),
      to: addressOf(to),
      ...{ participant: undefined, recipient: undefined },
      time: Math.floor(this.#deps.now() / 1000),
    };
  }
}
