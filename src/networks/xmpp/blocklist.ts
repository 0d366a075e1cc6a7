/** The list of an account: https://xmpp.org/extensions/xep-0191.html, by way of https://xmpp.org/extensions/xep-0356.html */
import { randomUUID } from 'node:crypto';
import xml, { type Element } from '@xmpp/xml';
import { mostListed, type Blocklist, type ListEntry } from '../../core/blocklist.ts';
import type { RemoteUserId } from '../../core/ids.ts';
import { failedForGood, failedForNow, type Failed, type ReasonCode } from '../../core/outcome.ts';
import type { Link } from './client.ts';
import { parseAddress } from './ids.ts';
import { conditionOf } from './iq.ts';
import { namespaces } from './link-namespaces.ts';
import { privilegedAnswer, privilegedIq, type Privilege } from './privilege.ts';
import { attribute } from './stanza.ts';

export interface BlocklistDeps {
  readonly link: Pick<Link, 'ask' | 'deliver'>;
  readonly privilege: Pick<Privilege, 'mayAsk'>;
  /** The component's domain, and that of the server whose accounts have lists that can be followed. */
  readonly domain: string;
  readonly server: string;
}

const answerMs = 15_000;

/** Servers check a change as a whole: such an answer means that one of its addresses is none to them. */
const refusing: ReadonlySet<string> = new Set([
  'bad-request',
  'jid-malformed',
  'not-acceptable',
  'not-allowed',
]);
/** The account, or its server, does not let the bridge; asking again does not help. */
const forGood: Readonly<Partial<Record<string, ReasonCode>>> = {
  forbidden: 'not-permitted',
  'not-authorized': 'not-permitted',
  'not-allowed': 'not-permitted',
  'feature-not-implemented': 'no-handler',
  // Also what is answered where the account has blocked the bridge itself.
  'service-unavailable': 'no-handler',
  'item-not-found': 'no-such-user',
};

/**
 * Followed of a list are bare addresses, and domains other than the server's own (the account's own address is of it).
 * Addresses with a resource, which shut out one device or one occupant of a room, and the component's own addresses, are
 * not looked at and stay. Changes are told by the server to the account's clients alone, so nothing is heard of them.
 */
export function createBlocklist(deps: BlocklistDeps): Blocklist {
  const { domain, server } = deps;
  return {
    holds: (entry) => {
      const address = parseAddress(entry.kind === 'person' ? entry.remote : entry.domain);
      if (address === undefined || address.full !== address.bare || address.domain === domain) return false;
      return entry.kind === 'person'
        ? address.local !== '' && address.bare === entry.remote
        : address.domain !== server;
    },
    read: async (account) => {
      const answer = await asAccount(deps, account, 'get', xml('blocklist', { xmlns: namespaces.blocking }));
      if (answer.kind === 'failed') return answer;
      if (answer.kind === 'error') return failedOf(answer.condition);
      const list = answer.iq.getChild('blocklist', namespaces.blocking);
      if (list === undefined) return failedForNow('network-refused');
      const items = list.getChildren('item');
      const entries = items.slice(0, mostListed).flatMap((item) => entryIn(attribute(item, 'jid') ?? ''));
      return { kind: 'list', entries, whole: items.length <= mostListed };
    },
    add: async (account, entries) => {
      const refused = await change(deps, account, 'block', entries);
      return 'kind' in refused ? refused : { kind: 'added', refused };
    },
    // What the server takes for no address is on no list.
    remove: async (account, entries) => {
      const refused = await change(deps, account, 'unblock', entries);
      return 'kind' in refused ? refused : undefined;
    },
  };
}

/** Answers what the server refuses. That is found by halves, so that one address does not keep all others off the list. */
async function change(
  deps: BlocklistDeps,
  account: RemoteUserId,
  name: 'block' | 'unblock',
  entries: readonly ListEntry[],
): Promise<readonly ListEntry[] | Failed> {
  // To unblock nobody in particular is to unblock everybody (XEP-0191, 3.5).
  if (entries.length === 0) return [];
  const items = entries.map((entry) => xml('item', { jid: jidOf(entry) }));
  const answer = await asAccount(deps, account, 'set', xml(name, { xmlns: namespaces.blocking }, ...items));
  if (answer.kind === 'failed') return answer;
  if (answer.kind === 'answer') return [];
  if (!refusing.has(answer.condition)) return failedOf(answer.condition);
  if (entries.length === 1) return entries;
  const refused: ListEntry[] = [];
  const middle = Math.ceil(entries.length / 2);
  for (const half of [entries.slice(0, middle), entries.slice(middle)]) {
    const part = await change(deps, account, name, half);
    if ('kind' in part) return part;
    refused.push(...part);
  }
  return refused;
}

type Asked =
  | { readonly kind: 'answer'; readonly iq: Element }
  | { readonly kind: 'error'; readonly condition: string }
  | Failed;

/** Asks the server as the account. `error` is what the account was answered, not what the bridge was. */
async function asAccount(
  { link, privilege, domain, server }: BlocklistDeps,
  account: RemoteUserId,
  type: 'get' | 'set',
  child: Element,
): Promise<Asked> {
  if (parseAddress(account)?.domain !== server) return failedForGood('no-handler');
  if (!privilege.mayAsk(namespaces.blocking)) {
    // What is granted comes with the connection, before anything else is answered.
    if (!(await link.deliver([]))) return failedForNow('link-down');
    if (!privilege.mayAsk(namespaces.blocking)) return failedForGood('not-permitted');
  }
  const wrapped = privilegedIq(account, randomUUID(), type, child);
  const answer = await link.ask({ type, from: domain, to: account, child: wrapped }, answerMs);
  switch (answer.kind) {
    case 'no-answer':
      return failedForNow(answer.why);
    case 'error':
      return failedOf(answer.condition);
    case 'result': {
      const iq = privilegedAnswer(answer.stanza);
      if (iq === undefined) return failedForNow('network-refused');
      return attribute(iq, 'type') === 'error'
        ? { kind: 'error', condition: conditionOf(iq) }
        : { kind: 'answer', iq };
    }
  }
}

function failedOf(condition: string): Failed {
  const reason = Object.hasOwn(forGood, condition) ? forGood[condition] : undefined;
  return reason === undefined ? failedForNow('network-refused') : failedForGood(reason);
}

function jidOf(entry: ListEntry): string {
  return entry.kind === 'person' ? entry.remote : entry.domain;
}

function entryIn(jid: string): readonly ListEntry[] {
  const address = parseAddress(jid);
  if (address === undefined || address.full !== address.bare) return [];
  return address.local === ''
    ? [{ kind: 'server', domain: address.domain }]
    : [{ kind: 'person', remote: address.bare }];
}
