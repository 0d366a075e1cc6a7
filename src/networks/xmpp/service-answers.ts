/**
 * What the component answers for its addresses, since the server answers nothing for them:
 * https://xmpp.org/extensions/xep-0030.html (discovery), https://xmpp.org/extensions/xep-0054.html (vcard-temp),
 * https://xmpp.org/extensions/xep-0092.html (version), https://xmpp.org/extensions/xep-0199.html (ping),
 * https://www.rfc-editor.org/rfc/rfc6121#section-3 (subscriptions), https://xmpp.org/extensions/xep-0163.html (what users
 * look like).
 */
import xml, { type Element } from '@xmpp/xml';
import type { MatrixUserId } from '../../core/ids.ts';
import { beginsCall } from './calls.ts';
import { Capabilities } from './caps.ts';
import { xmlText } from './characters.ts';
import { parseAddress, type Address, type AddressBook } from './ids.ts';
import { namespaces } from './link-namespaces.ts';
import { namespaces as rooms } from './muc/namespaces.ts';
import { namespaces as carried } from './namespaces.ts';
import { followedNodes } from './pep-events.ts';
import type { Persons } from './persons.ts';
import { resource, type Presences } from './presences.ts';
import type { Reachability } from './reachability.ts';
import { conditions, errorAnswer, type Condition } from './stanza-error.ts';
import { attribute, elementsOf } from './stanza.ts';

const common = [
  namespaces.discoInfo,
  namespaces.discoItems,
  namespaces.ping,
  namespaces.vcard,
  namespaces.version,
];
/** What messages to a Matrix user may hold: exactly what is carried. */
const userFeatures = [
  ...common,
  carried.receipts,
  carried.oob,
  carried.fileSharing,
  carried.fileMetadata,
  carried.xhtmlIm,
  carried.styling,
  carried.correct,
  carried.retract0,
  carried.retract1,
  carried.reactions,
  carried.reply,
  carried.fallback,
  carried.stanzaId,
  rooms.muc,
  rooms.conference,
  carried.reference,
  carried.rosterExchange,
  carried.spoiler,
  carried.ephemeral,
  namespaces.chatStates,
  namespaces.markers,
  namespaces.nick,
  namespaces.pubsub,
  ...followedNodes.map((node) => `${node}+notify`),
];

/** What the address of a Matrix user is and can do; presence points to it. */
export function userCapabilities(): Capabilities {
  const identities = [
    { category: 'account', type: 'registered' },
    { category: 'pubsub', type: 'pep' },
  ];
  return new Capabilities('urn:causeway:user', identities, userFeatures);
}

export interface ServiceDeps {
  readonly name: string;
  readonly version: string;
  readonly addresses: AddressBook;
  readonly persons: Persons;
  readonly presences: Presences;
  readonly reachability: Reachability;
  readonly post: (stanza: Element) => void;
  /** A user is called by a session that was not proposed before. */
  readonly called: (iq: Element) => void;
}

/** Whom a stanza is for. */
type Subject = { readonly kind: 'bot' } | { readonly kind: 'user'; readonly user: MatrixUserId };

/** Answers the questions and the presence that come in for the component and its users. */
export class ServiceAnswers {
  readonly #deps: ServiceDeps;
  readonly #user = userCapabilities();

  constructor(deps: ServiceDeps) {
    this.#deps = deps;
  }

  /** Answers an IQ that asks something; every such IQ gets a result or an error. */
  async answer(stanza: Element): Promise<void> {
    const [child, ...more] = elementsOf(stanza);
    if (child === undefined || more.length > 0) {
      this.#refuse(stanza, conditions.badRequest);
      return;
    }
    const subject = await this.#subject(stanza);
    if (subject === undefined) {
      this.#refuse(stanza, conditions.noSuchUser);
      return;
    }
    if (subject.kind === 'user' && beginsCall(stanza) && attribute(stanza, 'type') === 'set') {
      this.#reply(stanza, undefined);
      this.#deps.called(stanza);
      return;
    }
    const answer = attribute(stanza, 'type') === 'get' ? await this.#get(subject, child) : undefined;
    if (answer === undefined) this.#refuse(stanza, conditions.unavailable);
    else if ('type' in answer) this.#refuse(stanza, answer);
    else this.#reply(stanza, answer.child);
  }

  /** Answers subscriptions and probes: everybody may see that a Matrix user is there. */
  async presence(stanza: Element): Promise<void> {
    const [from, to] = ['from', 'to'].map((name) => parseAddress(attribute(stanza, name) ?? ''));
    if (from === undefined || to === undefined) return;
    const subject = await this.#subject(stanza);
    const tell = (type: string | undefined, address: string): void =>
      this.#deps.post(
        xml('presence', { from: address, to: from.bare, ...(type === undefined ? {} : { type }) }),
      );
    const follow = (): void => {
      if (subject?.kind === 'user') this.#deps.presences.follow(subject.user, from.bare);
      else tell(undefined, `${to.bare}/${resource}`);
    };
    const type = attribute(stanza, 'type');
    switch (type) {
      case 'subscribe':
        tell(subject === undefined ? 'unsubscribed' : 'subscribed', to.bare);
        if (subject !== undefined) follow();
        break;
      case 'probe':
        if (subject === undefined) tell('unsubscribed', to.bare);
        else follow();
        break;
      case 'unsubscribe':
        if (subject?.kind === 'user') this.#deps.presences.unfollow(subject.user, from.bare);
        tell('unsubscribed', to.bare);
        break;
      default:
        if (subject?.kind === 'user' && from.local !== '' && from.domain !== to.domain)
          this.#hear(stanza, type, from, subject.user);
        break;
    }
  }

  /** What a person's server tells of them, or answers to having been asked. */
  #hear(stanza: Element, type: string | undefined, from: Address, user: MatrixUserId): void {
    const { presences } = this.#deps;
    switch (type) {
      case 'subscribed':
        presences.answered(user, from.bare, true);
        break;
      case 'unsubscribed':
        presences.answered(user, from.bare, false);
        break;
      default:
        presences.take(stanza, from, user);
        break;
    }
  }

  async #get(
    subject: Subject,
    child: Element,
  ): Promise<{ readonly child: Element | undefined } | Condition | undefined> {
    if (child.is('ping', namespaces.ping)) return { child: undefined };
    if (child.is('query', namespaces.version)) return { child: this.#version() };
    if (child.is('query', namespaces.discoInfo)) return this.#info(subject, attribute(child, 'node'));
    if (child.is('query', namespaces.discoItems)) return { child: xml('query', namespaces.discoItems) };
    if (child.is('vCard', namespaces.vcard)) return { child: await this.#vcard(subject) };
    if (child.is('pubsub', namespaces.pubsub) && subject.kind === 'user')
      return this.#items(subject.user, child);
    return undefined;
  }

  #info(subject: Subject, node: string | undefined): { readonly child: Element } | Condition {
    if (subject.kind === 'user') {
      const info = this.#user.info(node);
      return info === undefined ? conditions.noSuchUser : { child: info };
    }
    if (node !== undefined) return conditions.noSuchUser;
    const { name } = this.#deps;
    return {
      child: xml(
        'query',
        namespaces.discoInfo,
        xml('identity', { category: 'gateway', type: 'matrix', name }),
        ...common.map((feature) => xml('feature', { var: feature })),
      ),
    };
  }

  /** The items of a node of a user's own (XEP-0060, 6.5). */
  async #items(
    user: MatrixUserId,
    pubsub: Element,
  ): Promise<{ readonly child: Element } | Condition | undefined> {
    const asked = pubsub.getChild('items');
    const node = asked === undefined ? undefined : attribute(asked, 'node');
    if (asked === undefined || node === undefined) return undefined;
    const ids = asked.getChildren('item').map((item) => attribute(item, 'id') ?? '');
    const items = await this.#deps.persons.items(user, node, ids);
    if (items === undefined) return conditions.noSuchUser;
    return { child: xml('pubsub', namespaces.pubsub, xml('items', { node }, ...items)) };
  }

  #version(): Element {
    const { version } = this.#deps;
    return xml('query', namespaces.version, xml('name', {}, 'Causeway'), xml('version', {}, version));
  }

  async #vcard(subject: Subject): Promise<Element> {
    if (subject.kind === 'user') return this.#deps.persons.vcard(subject.user);
    const text = xmlText(this.#deps.name);
    return xml('vCard', namespaces.vcard, xml('FN', {}, text), xml('NICKNAME', {}, text));
  }

  async #subject(stanza: Element): Promise<Subject | undefined> {
    const to = parseAddress(attribute(stanza, 'to') ?? '');
    if (to?.domain !== this.#deps.addresses.bot) return undefined;
    if (to.local === '') return { kind: 'bot' };
    const user = this.#deps.addresses.userAt(to.local);
    if (user === undefined) return undefined;
    const reachable = await this.#deps.reachability.look(user);
    return reachable === 'yes' || reachable === 'unsure' ? { kind: 'user', user } : undefined;
  }

  #reply(stanza: Element, child: Element | undefined): void {
    const [from, to, id] = ['from', 'to', 'id'].map((name) => attribute(stanza, name));
    this.#deps.post(
      xml('iq', { type: 'result', from: to, to: from, id }, ...(child === undefined ? [] : [child])),
    );
  }

  #refuse(stanza: Element, condition: Condition): void {
    const error = errorAnswer(stanza, condition);
    if (error !== undefined) this.#deps.post(error);
  }
}
