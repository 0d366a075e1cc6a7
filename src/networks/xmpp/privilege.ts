/** Privileged entity: https://xmpp.org/extensions/xep-0356.html, and carbons: https://xmpp.org/extensions/xep-0280.html */
import xml, { type Element } from '@xmpp/xml';
import type { MatrixUserId, RemoteUserId } from '../../core/ids.ts';
import { task, type Log } from '../../core/task.ts';
import type { Link } from './client.ts';
import { parseAddress, type AddressBook } from './ids.ts';
import { attribute, parseStanza } from './stanza.ts';

const privilegeVersions = ['urn:xmpp:privilege:2', 'urn:xmpp:privilege:1'] as const;
const forward = 'urn:xmpp:forward:0';
const carbons = 'urn:xmpp:carbons:2';
const hints = 'urn:xmpp:hints';
/** Of a server that grants more namespaces than anybody asks for, the rest is passed over. */
const mostNamespaces = 100;

/** What the server lets the bridge do as its accounts, as it says after each connection. */
export class Privilege {
  readonly #server: string;
  readonly #domain: string;
  #granted: string | undefined;
  /** The namespaces in which the bridge may both ask and set. */
  #asking: ReadonlySet<string> = new Set();

  constructor(server: string, domain: string) {
    this.#server = server;
    this.#domain = domain;
  }

  /** The namespace to send messages in; `undefined` where that is not granted. */
  get granted(): string | undefined {
    return this.#granted;
  }

  /** Takes a stanza that may be the server's grant; true where it was one. Only the server itself grants. */
  take(stanza: Element): boolean {
    if (stanza.name !== 'message' || attribute(stanza, 'from') !== this.#server) return false;
    if (attribute(stanza, 'to') !== this.#domain) return false;
    const version = privilegeVersions.find((known) => stanza.getChild('privilege', known) !== undefined);
    if (version === undefined) return false;
    const perms = stanza.getChild('privilege', version)?.getChildren('perm') ?? [];
    const may = perms.some(
      (perm) => attribute(perm, 'access') === 'message' && attribute(perm, 'type') === 'outgoing',
    );
    this.#granted = may ? version : undefined;
    this.#asking = version === privilegeVersions[0] ? namespacesIn(perms) : new Set();
    return true;
  }

  /** Whether the bridge may read and change, as an account, what is of a namespace (since version 0.4). */
  mayAsk(namespace: string): boolean {
    return this.#asking.has(namespace);
  }

  /** The link is down: the next connection says anew what is granted. */
  reset(): void {
    this.#granted = undefined;
    this.#asking = new Set();
  }
}

function namespacesIn(perms: readonly Element[]): ReadonlySet<string> {
  const granted = perms
    .filter((perm) => attribute(perm, 'access') === 'iq')
    .flatMap((perm) => perm.getChildren('namespace'))
    .filter((namespace) => attribute(namespace, 'type') === 'both')
    .flatMap((namespace) => attribute(namespace, 'ns') ?? []);
  return new Set(granted.slice(0, mostNamespaces));
}

/** XEP-0356, 6: a question that the server asks as the account that it is sent to. */
export function privilegedIq(
  account: RemoteUserId,
  id: string,
  type: 'get' | 'set',
  child: Element,
): Element {
  const inner = { xmlns: 'jabber:client', type, id, from: account, to: account };
  return xml('privileged_iq', { xmlns: privilegeVersions[0] }, xml('iq', inner, child));
}

/** What the account was answered, in the answer to such a question; undefined where there is none. */
export function privilegedAnswer(stanza: Element): Element | undefined {
  return stanza
    .getChild('privilege', privilegeVersions[0])
    ?.getChild('forwarded', forward)
    ?.getChild('iq', 'jabber:client');
}

export interface OwnCopiesDeps {
  readonly privilege: Pick<Privilege, 'granted'>;
  readonly addresses: Pick<AddressBook, 'userAt'>;
  /** The component's domain, and that of the server whose accounts can be sent to. */
  readonly domain: string;
  readonly server: string;
  /** The accounts in whose clients a user wants to see what they write on Matrix. */
  readonly accounts: (user: MatrixUserId) => Promise<readonly RemoteUserId[]>;
  readonly log: Log;
}

/**
 * A link that shows the messages of users, once the server has them, in the clients of the users' own accounts: as a
 * carbon of something that they sent elsewhere, which is what it is. A copy may get lost, and holds nothing up. The chat
 * stays that of the component's address: what is answered to it comes to Matrix, and not to those clients.
 */
export function withOwnCopies(link: Link, deps: OwnCopiesDeps): Link {
  return {
    post: (stanza) => link.post(stanza),
    ask: (request, timeoutMs) => link.ask(request, timeoutMs),
    deliver: async (stanzas) => {
      const delivered = await link.deliver(stanzas);
      if (delivered && deps.privilege.granted !== undefined)
        void task(deps.log, 'xmpp-copies', () => copy(link, deps, stanzas));
      return delivered;
    },
  };
}

async function copy(link: Link, deps: OwnCopiesDeps, stanzas: readonly string[]): Promise<void> {
  for (const text of stanzas) {
    const stanza = parseStanza(text);
    if (typeof stanza === 'string' || stanza.name !== 'message') continue;
    const [from, to] = [
      parseAddress(attribute(stanza, 'from') ?? ''),
      parseAddress(attribute(stanza, 'to') ?? ''),
    ];
    const isChat = attribute(stanza, 'type') === 'chat' && from?.domain === deps.domain;
    const user = isChat ? deps.addresses.userAt(from.local) : undefined;
    if (user === undefined || to === undefined || to.domain === deps.domain) continue;
    for (const account of await deps.accounts(user)) {
      const version = deps.privilege.granted;
      if (version === undefined || account === to.bare) continue;
      if (parseAddress(account)?.domain !== deps.server) continue;
      link.post(privileged(version, deps, sentCarbon(account, stanza)));
    }
  }
}

/** XEP-0356, 5.3: the server sends what is forwarded as if its sender had. */
function privileged(version: string, { domain, server }: OwnCopiesDeps, message: Element): Element {
  const forwarded = xml('forwarded', { xmlns: forward }, message);
  return xml('message', { from: domain, to: server }, xml('privilege', { xmlns: version }, forwarded));
}

/** XEP-0280, 7: from the account to itself, which is how clients know that they can believe it. */
function sentCarbon(account: RemoteUserId, stanza: Element): Element {
  const original = parseStanza(stanza.toString());
  if (typeof original === 'string') throw new Error('a stanza that was parsed cannot be parsed again');
  original.attrs['xmlns'] = 'jabber:client';
  original.attrs['from'] = `${account}/Matrix`;
  return xml(
    'message',
    { xmlns: 'jabber:client', from: account, to: account, type: 'chat' },
    xml('sent', { xmlns: carbons }, xml('forwarded', { xmlns: forward }, original)),
    // Else the server makes a carbon of the carbon.
    xml('no-copy', { xmlns: hints }),
    xml('no-store', { xmlns: hints }),
  );
}
