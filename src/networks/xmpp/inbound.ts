/** Messages that come in: kept before they are acknowledged, refused in the open where they are not. */
import type { Element } from '@xmpp/xml';
import type { MatrixUserId } from '../../core/ids.ts';
import type { Arrival, EventSink, Reachable } from '../../core/network.ts';
import type { Log } from '../../core/task.ts';
import { chatOf, parseAddress, type Address, type AddressBook } from './ids.ts';
import { namespaces } from './link-namespaces.ts';
import { invitationArrival, invitationIn, InvitationLimit, type Invitation } from './muc/invitations.ts';
import { outerIdOf } from './outer-id.ts';
import type { Reachability } from './reachability.ts';
import { newsIn } from './pep-events.ts';
import { isReceiptBounce, receiptFor } from './receipts.ts';
import { isSignalBounce } from './signal-id.ts';
import { signalsIn } from './signals.ts';
import { bearable, conditions, errorAnswer, type Condition } from './stanza-error.ts';
import { attribute, elementsOf, stanzaLimits } from './stanza.ts';

export interface InboundDeps {
  readonly addresses: AddressBook;
  readonly domain: string;
  readonly sink: Pick<EventSink, 'receive' | 'signal' | 'profileChanged'>;
  readonly reachability: Reachability;
  /** Writes an answer; may be lost where the link is down, which leaves the message unreceipted. */
  readonly post: (stanza: Element) => void;
  /** Stops or resumes the reading from the server. */
  readonly pause: (paused: boolean) => void;
  /** Who writes privately in a room, where the room shows it to everybody there. */
  readonly personBehind: (occupant: Address) => Address | undefined;
  /** Whether an address is, or is in, a room that Matrix users are in. */
  readonly isRoom: (address: Address) => boolean;
  /** What a person is told who writes privately in any other room. */
  readonly noPrivate: () => string;
  /** What a person is told who answers the bridge itself. */
  readonly noReplies: () => string;
  /** Told of what could not be delivered from the bridge's own address, by the id of the message. */
  readonly bounced: (messageId: string) => void;
  /** Takes what belongs to a room; answers whether it did. */
  readonly room: (stanza: Element) => boolean;
  readonly mostWaiting: number;
  readonly log: Log;
  readonly now: () => number;
}

/** A message with its two ends. */
interface Letter {
  readonly stanza: Element;
  readonly sender: Address;
  readonly receiver: MatrixUserId;
  readonly invitation: Invitation | undefined;
}

/** Takes messages in the order of the stream. Those for one user are handed to the sink in that order. */
export class Inbound {
  readonly #deps: InboundDeps;
  readonly #invitations: InvitationLimit;
  #waiting = 0;

  constructor(deps: InboundDeps) {
    this.#deps = deps;
    this.#invitations = new InvitationLimit(deps.now);
  }

  /** How many messages are not durable yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Takes a message stanza. Whatever it holds, it is kept, answered with an error, or nothing that a person wrote. */
  take(stanza: Element): void {
    const { addresses, domain } = this.#deps;
    const sender = parseAddress(attribute(stanza, 'from') ?? '');
    const to = parseAddress(attribute(stanza, 'to') ?? '');
    const type = attribute(stanza, 'type') ?? 'normal';
    if (sender === undefined || to?.domain !== domain) return;
    if (this.#deps.room(stanza) || this.#takesNews(stanza, sender)) return;
    if (this.#takesSignals(stanza, sender, to) || isSignalBounce(stanza)) return;
    const invitation = invitationIn(stanza, this.#deps);
    if (to.local === '') this.#takeForBot(stanza, type);
    else if (sender.domain === domain && invitation === undefined)
      this.#refuse(stanza, conditions.unavailable);
    else if (type === 'error' && isReceiptBounce(stanza)) return;
    else if (!isWithinLimits(stanza)) this.#refuse(stanza, conditions.policy);
    else if (stanza.getChild('x', namespaces.mucUser) !== undefined && invitation === undefined)
      this.#takePrivate(stanza, sender, to);
    else {
      const receiver = addresses.userAt(to.local);
      if (receiver === undefined || invitation?.room.domain === domain)
        this.#refuse(stanza, conditions.noSuchUser);
      else if (invitation !== undefined && !this.#invitations.take(receiver))
        this.#refuse(stanza, conditions.overloaded);
      else this.#admit({ stanza, sender, receiver, invitation });
    }
  }

  /** Does what another stanza asks for and counts it as waiting meanwhile: a flood of any kind slows the reading. */
  async counted(work: () => Promise<void>): Promise<void> {
    this.#count(1);
    try {
      await work();
    } finally {
      this.#count(-1);
    }
  }

  /** What is told of people is neither kept nor answered; true where the stanza is nothing else. */
  #takesNews(stanza: Element, sender: Address): boolean {
    const news = newsIn(stanza);
    if (news === 'profile') this.#deps.sink.profileChanged(sender.bare);
    return news !== undefined;
  }

  /** States and markers go their own way; true where the stanza is nothing else. */
  #takesSignals(stanza: Element, sender: Address, to: Address): boolean {
    const receiver = to.local === '' ? undefined : this.#deps.addresses.userAt(to.local);
    if (receiver !== undefined && sender.domain !== this.#deps.domain && isWithinLimits(stanza)) {
      const place = { chat: chatOf(sender.bare), receiver, sender: sender.bare };
      for (const signal of signalsIn(stanza, place, this.#deps.now())) this.#deps.sink.signal(signal);
    }
    return isStateOnly(stanza);
  }

  /** A private message in a room is one of the direct chat with the person, or refused in words that do not put us out. */
  #takePrivate(stanza: Element, occupant: Address, to: Address): void {
    const { addresses, personBehind, noPrivate } = this.#deps;
    const sender = personBehind(occupant);
    const receiver = addresses.userAt(to.local);
    if (sender === undefined || receiver === undefined || attribute(stanza, 'type') === 'error')
      this.#refuse(stanza, conditions.notCarried, noPrivate());
    else this.#admit({ stanza, sender, receiver, invitation: undefined });
  }

  #takeForBot(stanza: Element, type: string): void {
    if (type === 'error') this.#deps.bounced(attribute(stanza, 'id') ?? '');
    else if (stanza.getChild('body') !== undefined) {
      this.#refuse(stanza, conditions.unavailable, this.#deps.noReplies());
    }
  }

  #admit(letter: Letter): void {
    const { reachability, log } = this.#deps;
    this.#count(1);
    const known = reachability.known(letter.receiver);
    if (known !== undefined) {
      this.#decide(letter, known);
      return;
    }
    reachability.look(letter.receiver).then(
      (reachable) => this.#decide(letter, reachable),
      (error: unknown) => {
        log.error({ err: error }, 'xmpp reachability failed');
        this.#decide(letter, 'unsure');
      },
    );
  }

  #decide(letter: Letter, reachable: Reachable): void {
    switch (reachable) {
      case 'no-such-user':
        this.#refuse(letter.stanza, conditions.noSuchUser);
        this.#count(-1);
        break;
      case 'not-permitted':
        this.#refuse(letter.stanza, conditions.notPermitted);
        this.#count(-1);
        break;
      case 'yes':
      case 'unsure':
        this.#keep(letter);
        break;
    }
  }

  #keep(letter: Letter): void {
    const { stanza } = letter;
    const { sink, post, log } = this.#deps;
    const arrival = arrivalOf(letter, sentAt(stanza, this.#deps.now()));
    sink
      .receive(arrival)
      .then(
        () => {
          const receipt = receiptFor(stanza);
          if (receipt !== undefined && attribute(stanza, 'type') !== 'error') post(receipt);
        },
        (error: unknown) => {
          log.warn({ err: error }, 'xmpp message not kept');
          this.#refuse(stanza, conditions.overloaded);
        },
      )
      .finally(() => this.#count(-1))
      .catch((error: unknown) => log.error({ err: error }, 'xmpp message'));
  }

  #refuse(stanza: Element, condition: Condition, text?: string): void {
    const error = errorAnswer(stanza, bearable(stanza, condition), text);
    if (error !== undefined) this.#deps.post(error);
  }

  #count(change: 1 | -1): void {
    this.#waiting += change;
    if (this.#waiting >= this.#deps.mostWaiting) this.#deps.pause(true);
    else if (this.#waiting <= this.#deps.mostWaiting / 2) this.#deps.pause(false);
  }
}

function arrivalOf({ stanza, sender, receiver, invitation }: Letter, at: number): Arrival {
  if (invitation !== undefined) return invitationArrival(invitation, stanza, receiver, at);
  return {
    outerId: outerIdOf(stanza, sender, receiver),
    chat: chatOf(sender.bare),
    sender: sender.bare,
    receiver,
    at,
    raw: stanza.toString(),
  };
}

/** Chat states, markers and hints alone: nothing that anybody wrote. */
export function isStateOnly(stanza: Element): boolean {
  if (attribute(stanza, 'type') === 'error') return false;
  const children = elementsOf(stanza);
  const silent = new Set<string | undefined>([namespaces.chatStates, namespaces.markers, namespaces.hints]);
  const said = children.filter((child) => !silent.has(child.getNS()) && !isBookkeeping(child));
  return said.length === 0 && children.length > 0;
}

function isBookkeeping(child: Element): boolean {
  const name = child.getName();
  return (
    name === 'thread' ||
    name === 'delay' ||
    child.is('occupant-id', namespaces.occupantId) ||
    ['stanza-id', 'origin-id'].some((id) => child.is(id, namespaces.stanzaId))
  );
}

/** Walks the tree without recursion, which a hostile depth would break. */
export function isWithinLimits(stanza: Element): boolean {
  let level: readonly Element[] = [stanza];
  let count = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    count += level.length;
    if (depth > stanzaLimits.depth || count > stanzaLimits.elements) return false;
    level = level.flatMap((element) => elementsOf(element));
  }
  return true;
}

/** The time of a delayed stanza (https://xmpp.org/extensions/xep-0203.html), never in the future. */
function sentAt(stanza: Element, now: number): number {
  const delay = stanza.getChild('delay', namespaces.delay);
  const stamp = Date.parse(delay === undefined ? '' : (attribute(delay, 'stamp') ?? ''));
  return Number.isFinite(stamp) && stamp > 0 && stamp < now ? stamp : now;
}
