/** From a proved key to a session: who may come in, and what is set up for them. */
import { randomBytes } from 'node:crypto';
import { BoundedMap } from '../../core/bounded-map.ts';
import { encodeNode } from '../../interop/node/encode.ts';
import type { Channel } from '../../interop/noise/channel.ts';
import type { ClientPeer } from '../../interop/noise/wire.ts';
import { failureReasons } from '../../interop/profile/session-profile.ts';
import { renderStanza } from '../../interop/stanza/stanza.ts';
import type { GoneWhy, KeptAccount } from './accounts.ts';
import { admit, type AdmissionTime, type Admitted } from './admission.ts';
import { askingRates, createAnswering, type AskingRates } from './answering.ts';
import type { DoorDeps } from './door.ts';
import type { Admission } from './host-counts.ts';
import type { HostParts } from './host-parts.ts';
import type { HostListener } from './host.ts';
import { Session } from './session.ts';
import { createTaking, type Taking } from './taking.ts';
import type { Waking } from './waking.ts';

export interface SessionMakerDeps {
  readonly parts: HostParts;
  readonly listener: HostListener;
  readonly waking: Waking;
  readonly remove: (user: string, why: GoneWhy) => Promise<void>;
}

const mostRates = 10_000;

/** What the door asks for each client. */
export function sessionMaker(deps: SessionMakerDeps): DoorDeps['admit'] {
  const { parts } = deps;
  const { counts, limits, sessions, now } = parts;
  const rates = new BoundedMap<string, AskingRates>(mostRates);
  const ratesOf = (user: string): AskingRates => {
    const known = rates.get(user) ?? askingRates(limits, now);
    rates.set(user, known);
    return known;
  };
  return async (channel, peer, time) => {
    const admitted = await admittedOf(deps, peer, time);
    if (admitted.kind === 'refused') {
      counts.add(`session-refused-${admitted.why}`);
      return () => refuse(channel, admitted.reason, limits.lingerMs);
    }
    counts.add('session-begun');
    const { account } = admitted;
    const own = ratesOf(account.login.user);
    const session = new Session({
      ...{ channel, account, mailbox: parts.mailbox, counts, limits, log: parts.log, now },
      taking: (of) => takingOf(deps, of, account, own),
      rate: own.stanzas,
    });
    return () => lived(deps, session);
  };

  async function lived({ waking }: SessionMakerDeps, session: Session): Promise<void> {
    const { accounts, mailbox } = parts;
    const { user } = session.account.login;
    waking.came(user);
    await accounts.seen(user);
    try {
      await sessions.run(session, () => began(parts, session));
    } finally {
      await accounts.seen(user);
    }
    // What came in the last moment was not pushed for.
    const left = sessions.of(user) === undefined ? await mailbox.count(user) : 0;
    const account = left > 0 ? await accounts.ofUser(user) : undefined;
    if (account !== undefined) waking.wake(account);
  }
}

async function admittedOf(
  { parts }: SessionMakerDeps,
  peer: ClientPeer,
  time: AdmissionTime,
): Promise<Admitted> {
  const unavailable = (why: Admission): Admitted => ({
    ...{ kind: 'refused', why, reason: failureReasons.unavailable },
  });
  if (parts.sessions.size >= parts.limits.connections) return unavailable('full');
  try {
    return await admit(parts, peer, time);
  } catch (error) {
    parts.log.error({ err: error }, 'a client could not be judged');
    return unavailable('late');
  }
}

/** Says why, and leaves the client a moment to read it. */
async function refuse(channel: Channel, reason: number, ms: number): Promise<void> {
  const node = renderStanza({ kind: 'failure', reason, location: undefined, expire: undefined });
  const encoded = encodeNode(node);
  const linger = setTimeout(() => channel.abort(), ms);
  try {
    if (encoded.kind === 'encoded') await channel.send(encoded.bytes);
    channel.end();
    // Nothing of it is looked at, and there is no end to it but the time.
    for (let read = await channel.receive(); read.kind === 'message';) read = await channel.receive();
  } finally {
    clearTimeout(linger);
    channel.abort();
  }
}

function takingOf(
  { parts, listener, remove }: SessionMakerDeps,
  session: Session,
  account: KeptAccount,
  rates: AskingRates,
): Taking {
  const { accounts, shelf, counts, log, now, providers, options } = parts;
  const provider = providers.of(account.login.integrator);
  const answering = createAnswering({
    ...{ account, provider, hostName: options.name, shelf, listener, rates, counts, log },
    remove: () => remove(account.login.user, 'deleted'),
  });
  const takes = (active: boolean): void => session.takes(active);
  return createTaking({ account, accounts, listener, answering, takes, counts, now });
}

/** What may have changed since the client was judged ends the session before anything is read. */
async function began(parts: HostParts, session: Session): Promise<void> {
  const { login, authKey } = session.account;
  const account = await parts.accounts.ofUser(login.user);
  if (account === undefined) session.close('removed');
  else if (Buffer.compare(account.authKey, authKey) !== 0) session.close('replaced');
  else if (!(await parts.providers.isOpen(login.integrator))) session.close('shut-out');
  else await tellOfKeys(parts, session);
}

/** Who has few one-time prekeys left is told as soon as they come. */
async function tellOfKeys({ shelf, limits }: HostParts, session: Session): Promise<void> {
  const left = await shelf.left(session.account.login.user);
  if (left < limits.fewPrekeys) await session.send(prekeysLeft(left));
}

export function prekeysLeft(count: number): Parameters<Session['send']>[0] {
  return {
    ...{ kind: 'notification', id: randomBytes(8).toString('hex') },
    from: { kind: 'pair', user: '', server: 's.whatsapp.net' },
    ...{ to: undefined, participant: undefined, recipient: undefined, time: undefined, offline: undefined },
    about: { kind: 'prekeys-left', count },
  };
}
