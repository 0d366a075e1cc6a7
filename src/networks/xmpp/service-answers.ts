/**
 * What the component answers for its addresses, since the server answers nothing for them:
 * https://xmpp.org/extensions/xep-0030.html (discovery), https://xmpp.org/extensions/xep-0054.html (vcard-temp),
 * https://xmpp.org/extensions/xep-0092.html (version), https://xmpp.org/extensions/xep-0199.html (ping),
 * https://www.rfc-editor.org/rfc/rfc6121#section-3 (subscriptions).
 */
import xml, { type Element } from '@xmpp/xml';
import type { MatrixUserId } from '../../core/ids.ts';
import type { EventSink } from '../../core/network.ts';
import { xmlText } from './characters.ts';
import { parseAddress, type AddressBook } from './ids.ts';
import { namespaces } from './link-namespaces.ts';
import { namespaces as rooms } from './muc/namespaces.ts';
import { namespaces as carried } from './namespaces.ts';
import type { Reachability } from './reachability.ts';
import { conditions, errorAnswer, type Condition } from './stanza-error.ts';
import { attribute, elementsOf } from './stanza.ts';

/** The resource under which Matrix users are available. */
export const resource = 'matrix';

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
];

export interface ServiceDeps {
  readonly name: string;
  readonly version: string;
  readonly addresses: AddressBook;
  readonly sink: Pick<EventSink, 'displayName'>;
  readonly reachability: Reachability;
  readonly post: (stanza: Element) => void;
}

/** Whom a stanza is for. */
type Subject = { readonly kind: 'bot' } | { readonly kind: 'user'; readonly user: MatrixUserId };

/** Answers the questions and the presence that come in for the component and its users. */
export class ServiceAnswers {
  readonly #deps: ServiceDeps;

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
    const available = (): void => tell(undefined, `${to.bare}/${resource}`);
    switch (attribute(stanza, 'type')) {
      case 'subscribe':
        tell(subject === undefined ? 'unsubscribed' : 'subscribed', to.bare);
        if (subject !== undefined) available();
        break;
      case 'probe':
        if (subject === undefined) tell('unsubscribed', to.bare);
        else available();
        break;
      case 'unsubscribe':
        tell('unsubscribed', to.bare);
        break;
      default:
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
    return undefined;
  }

  #info(subject: Subject, node: string | undefined): { readonly child: Element } | Condition {
    if (node !== undefined) return conditions.noSuchUser;
    const { name } = this.#deps;
    const identity =
      subject.kind === 'bot'
        ? { category: 'gateway', type: 'matrix', name }
        : { category: 'account', type: 'registered' };
    const features = subject.kind === 'bot' ? common : userFeatures;
    return {
      child: xml(
        'query',
        namespaces.discoInfo,
        xml('identity', identity),
        ...features.map((feature) => xml('feature', { var: feature })),
      ),
    };
  }

  #version(): Element {
    const { version } = this.#deps;
    return xml('query', namespaces.version, xml('name', {}, 'Causeway'), xml('version', {}, version));
  }

  async #vcard(subject: Subject): Promise<Element> {
    const { name, sink } = this.#deps;
    const shown = subject.kind === 'bot' ? name : ((await sink.displayName(subject.user)) ?? subject.user);
    const text = xmlText(shown);
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
