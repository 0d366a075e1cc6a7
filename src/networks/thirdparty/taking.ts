/** What a client's stanzas come to: each is answered, acknowledged or refused once, in the order of their coming. */
import { parseAddress, type Address } from '../../interop/node/address.ts';
import { attribute, type Node } from '../../interop/node/node.ts';
import { refusals } from '../../interop/profile/session-profile.ts';
import { names, stanzaLimits, stanzaTags } from '../../interop/profile/stanza-profile.ts';
import type { AckStanza } from '../../interop/stanza/ack.ts';
import { renderAnswer } from '../../interop/stanza/answer.ts';
import type { StanzaFailed } from '../../interop/stanza/failed.ts';
import type { IqStanza } from '../../interop/stanza/iq.ts';
import type { Stanza } from '../../interop/stanza/stanza.ts';
import { addressOf, isHomeserverUser } from './account-address.ts';
import { publicAccount, type Accounts, type KeptAccount } from './accounts.ts';
import type { Answering } from './answering.ts';
import type { HostCounts } from './host-counts.ts';
import type { Account, HostListener } from './host.ts';

export interface Taken {
  readonly answer: Stanza | undefined;
  /** `end`: the client has ended the stream; `removed`: its account is gone. */
  readonly then: 'on' | 'broken' | 'end' | 'removed';
}

/** One connection's. A rejection of `take` says that what came is not taken. */
export interface Taking {
  take(stanza: Stanza, node: Node): Promise<Taken>;
  /** What could not be read, and why. */
  broken(failed: StanzaFailed, node: Node): Taken;
}

export interface TakingDeps {
  readonly account: KeptAccount;
  readonly accounts: Pick<Accounts, 'ofUser' | 'rename'>;
  readonly listener: HostListener;
  readonly answering: Answering;
  readonly takes: (active: boolean) => void;
  readonly counts: HostCounts;
  readonly now: () => number;
}

const on: Taken = { answer: undefined, then: 'on' };
const server: Address = { kind: 'pair', user: '', server: 's.whatsapp.net' };

export function createTaking(deps: TakingDeps): Taking {
  return {
    take: async (stanza, node) => {
      switch (stanza.kind) {
        case 'message':
          return takeMessage(deps, stanza, node);
        case 'receipt':
          return takeReceipt(deps, stanza, node);
        case 'chatstate':
        case 'presence':
          return takeSignal(deps, stanza);
        case 'iq':
          return takeIq(deps, stanza);
        case 'stream-end':
          return { answer: undefined, then: 'end' };
        // How much of the mailbox goes over is bounded by what is acknowledged, whatever is asked for.
        case 'ib':
        case 'ack':
          return on;
        case 'unknown':
          deps.counts.add('stanza-unexpected');
          return { answer: ackOf(node, deps.now(), refusals.notThere), then: 'on' };
        case 'notification':
        case 'success':
        case 'failure':
        case 'stream-error':
          deps.counts.add('stanza-unexpected');
          return { answer: undefined, then: 'broken' };
      }
    },
    broken: (failed, node) => {
      deps.counts.add(`stanza-${failed.reason}`);
      const answer =
        node.tag === stanzaTags.iq ? iqError(node) : ackOf(node, deps.now(), refusals.badRequest);
      return { answer, then: 'broken' };
    },
  };
}

type Of<K extends Stanza['kind']> = Extract<Stanza, { readonly kind: K }>;

async function takeMessage(deps: TakingDeps, stanza: Of<'message'>, node: Node): Promise<Taken> {
  const { counts, listener, now } = deps;
  counts.add('took-message');
  if (!isHomeserverUser(stanza.to)) {
    counts.add('message-refused');
    return { answer: ackOf(node, now(), refusals.notFound), then: 'on' };
  }
  const { account, address } = await whoIs(deps);
  if (stanza.notify !== undefined) await deps.accounts.rename(account.login.user, stanza.notify);
  const said = { ...stanza, ...spokenBy(address, now()) };
  const { error } = await listener.message({ ...account, name: stanza.notify ?? account.name }, said);
  if (error !== undefined) counts.add('message-refused');
  return { answer: ackOf(node, now(), error), then: 'on' };
}

async function takeReceipt(deps: TakingDeps, stanza: Of<'receipt'>, node: Node): Promise<Taken> {
  const { counts, listener, now } = deps;
  counts.add('took-receipt');
  if (!isHomeserverUser(stanza.to)) return { answer: ackOf(node, now(), refusals.notFound), then: 'on' };
  const { account, address } = await whoIs(deps);
  await listener.receipt(account, { ...stanza, ...spokenBy(address, now()) });
  return { answer: ackOf(node, now()), then: 'on' };
}

async function takeSignal(deps: TakingDeps, stanza: Of<'chatstate' | 'presence'>): Promise<Taken> {
  deps.counts.add('took-signal');
  if (stanza.to !== undefined && !isHomeserverUser(stanza.to)) return on;
  const { account, address } = await whoIs(deps);
  deps.listener.signal(account, { ...stanza, from: address });
  return on;
}

async function takeIq({ answering, counts, takes }: TakingDeps, { id, body }: IqStanza): Promise<Taken> {
  if (body.kind !== 'ask') return on;
  if (body.ask.kind === 'take-messages') takes(body.ask.active);
  const said = await answering.answer(body.ask);
  counts.add(said.kind === 'refused' ? 'asked-refused' : 'asked-done');
  const answer: IqStanza = {
    ...{ kind: 'iq', id, from: server, to: undefined },
    body:
      said.kind === 'refused'
        ? { kind: 'error', code: said.code, text: said.text }
        : { kind: 'result', content: renderAnswer(said) },
  };
  return { answer, then: body.ask.kind === 'delete-account' && said.kind === 'done' ? 'removed' : 'on' };
}

/** The account as it is now; one that is gone takes nothing any more. */
async function whoIs({ account, accounts }: TakingDeps): Promise<{ account: Account; address: Address }> {
  const known = await accounts.ofUser(account.login.user);
  if (known === undefined) throw new Error('the account is gone');
  return { account: publicAccount(known), address: addressOf(known.login) };
}

/** What the server says of who speaks and when, whatever the client says: there is nobody else in a chat of two. */
function spokenBy(
  from: Address,
  now: number,
): Record<'participant' | 'recipient' | 'offline', undefined> & {
  readonly from: Address;
  readonly time: number;
} {
  const time = Math.floor(now / 1_000);
  return { from, time, participant: undefined, recipient: undefined, offline: undefined };
}

/** The server's acknowledgement: from whom the stanza was for. None where it had no id. */
function ackOf(node: Node, now: number, error?: number): AckStanza | undefined {
  const id = bounded(node, names.id);
  if (id === undefined) return undefined;
  return {
    ...{ kind: 'ack', id, of: node.tag, from: parseAddress(attribute(node, names.to) ?? '') ?? server },
    ...{ to: undefined, participant: parseAddress(attribute(node, names.participant) ?? '') },
    ...{ recipient: undefined, time: Math.floor(now / 1_000), type: bounded(node, names.type), error },
  };
}

function iqError(node: Node): IqStanza | undefined {
  const id = bounded(node, names.id);
  if (id === undefined) return undefined;
  const body = { kind: 'error', code: refusals.badRequest, text: 'bad-request' } as const;
  return { kind: 'iq', id, from: server, to: undefined, body };
}

function bounded(node: Node, name: string): string | undefined {
  const value = attribute(node, name);
  return value !== undefined && value !== '' && value.length <= stanzaLimits.id ? value : undefined;
}
