/** What the server answers to a client's questions. */
import { TokenBucket } from '../../core/token-bucket.ts';
import type { Log } from '../../core/task.ts';
import type { IdentifierType } from '../../interop/identity/identifier.ts';
import type { Address } from '../../interop/node/address.ts';
import { ownIntegrator } from '../../interop/profile/host-profile.ts';
import { refusals } from '../../interop/profile/session-profile.ts';
import type { identifierTypes } from '../../interop/profile/stanza-profile.ts';
import type { Answer, Integrator, KeysOf, LookedUp } from '../../interop/stanza/answer.ts';
import type { Asking } from '../../interop/stanza/asking.ts';
import type { Wanted } from '../../interop/stanza/interop-asking.ts';
import { isHomeserverUser } from './account-address.ts';
import { publicAccount, type KeptAccount } from './accounts.ts';
import type { HostCounts } from './host-counts.ts';
import type { HostLimits, HostProvider } from './host-options.ts';
import type { Account, HostListener } from './host.ts';
import type { KeyShelf, KeysTaken } from './key-shelf.ts';

export interface Refused {
  readonly kind: 'refused';
  readonly code: number;
  readonly text: string;
}

export interface Answering {
  answer(asking: Asking): Promise<Answer | Refused>;
}

export interface AnsweringDeps {
  readonly account: KeptAccount;
  readonly provider: HostProvider | undefined;
  readonly hostName: string;
  readonly shelf: KeyShelf;
  readonly listener: HostListener;
  readonly rates: AskingRates;
  /** Takes the account away, for good when it resolves. */
  readonly remove: () => Promise<void>;
  readonly counts: HostCounts;
  readonly log: Log;
}

/** What one account may ask for, over all its connections. */
export interface AskingRates {
  readonly lookUps: TokenBucket;
  readonly keyFetches: TokenBucket;
  readonly stanzas: TokenBucket;
}

export function askingRates({ lookUps, keyFetches, stanzas }: HostLimits, now: () => number): AskingRates {
  return {
    lookUps: new TokenBucket(lookUps.perSecond, lookUps.burst, now),
    keyFetches: new TokenBucket(keyFetches.perSecond, keyFetches.burst, now),
    stanzas: new TokenBucket(stanzas.perSecond, stanzas.burst, now),
  };
}

const done: Answer = { kind: 'done' };
const refuse = (code: number, text: string): Refused => ({ kind: 'refused', code, text });
const notFound = { code: refusals.notFound, text: 'item-not-found' };
const tooMany = { code: refusals.tooMany, text: 'rate-overlimit' };

/** Answers each question; what goes wrong meanwhile is an answer too. */
export function createAnswering(deps: AnsweringDeps): Answering {
  return {
    answer: async (asking) => {
      try {
        return await answerTo(deps, asking);
      } catch (error) {
        deps.log.warn({ err: error, asked: asking.kind }, 'a question was not answered');
        return refuse(refusals.failed, 'internal-server-error');
      }
    },
  };
}

async function answerTo(deps: AnsweringDeps, asking: Asking): Promise<Answer | Refused> {
  const { shelf, account } = deps;
  const { user } = account.login;
  switch (asking.kind) {
    case 'upload-keys':
      return keysAnswer(await shelf.upload(user, asking));
    case 'rotate-signed-key':
      return keysAnswer(await shelf.rotate(user, asking.signed));
    case 'count-keys':
      return { kind: 'key-count', count: await shelf.left(user) };
    case 'fetch-keys':
      return { kind: 'keys', of: await inOrder(asking.of, (who) => keysOf(deps, who)) };
    case 'ping':
    case 'take-messages':
      return done;
    case 'delete-account':
      await deps.remove();
      return done;
    case 'key-digest':
    case 'opt-in':
    case 'opt-out':
    case 'other':
      return refuse(refusals.notThere, 'feature-not-implemented');
    case 'integrators':
    case 'look-up':
    case 'reachability':
    case 'set-reachability':
    case 'blocklist':
    case 'block':
    case 'unblock':
      return interopAnswer(deps, asking);
  }
}

type InteropAsking = Extract<
  Asking,
  {
    readonly kind:
      'integrators' | 'look-up' | 'reachability' | 'set-reachability' | 'blocklist' | 'block' | 'unblock';
  }
>;

async function interopAnswer(deps: AnsweringDeps, asking: InteropAsking): Promise<Answer | Refused> {
  const { listener } = deps;
  const from: Account = publicAccount(deps.account);
  switch (asking.kind) {
    case 'integrators':
      return { kind: 'integrators', integrators: integrators(deps) };
    case 'look-up':
      return { kind: 'found', users: await inOrder(asking.wanted, (wanted) => lookedUp(deps, wanted)) };
    case 'reachability':
      return { kind: 'reachability', reachability: await listener.reachability(from, undefined) };
    case 'set-reachability':
      return { kind: 'reachability', reachability: await listener.reachability(from, asking.reachability) };
    case 'blocklist':
      return { kind: 'blocklist', blocked: await listener.blocked(from) };
    case 'block':
    case 'unblock':
      if (!isHomeserverUser(asking.who)) return refuse(notFound.code, notFound.text);
      await listener.block(from, asking.who, asking.kind === 'block');
      return done;
  }
}

/** One after the other: a question about many is not to be many at once. */
async function inOrder<T, R>(all: readonly T[], one: (item: T) => Promise<R>): Promise<readonly R[]> {
  const answers: R[] = [];
  for (const item of all) answers.push(await one(item));
  return answers;
}

async function keysOf({ account, listener, rates }: AnsweringDeps, of: Address): Promise<KeysOf> {
  // Users of other providers, and of one's own, are not to be reached from here.
  if (!isHomeserverUser(of))
    return { kind: 'refused', of, error: { code: refusals.forbidden, text: 'forbidden' } };
  if (rates.keyFetches.take() > 0) return { kind: 'refused', of, error: tooMany };
  const keys = await listener.keysOf(publicAccount(account), of);
  return keys === undefined ? { kind: 'refused', of, error: notFound } : { kind: 'keys', of, keys };
}

async function lookedUp({ account, listener, rates }: AnsweringDeps, wanted: Wanted): Promise<LookedUp> {
  if (rates.lookUps.take() > 0) return { kind: 'refused', wanted, error: tooMany };
  if (wanted.integrator !== ownIntegrator.number) return { kind: 'refused', wanted, error: notFound };
  const address = await listener.lookUp(publicAccount(account), wanted);
  return address === undefined
    ? { kind: 'refused', wanted, error: notFound }
    : { kind: 'found', wanted, address, normalized: wanted.externalId };
}

function integrators({ provider, hostName }: AnsweringDeps): readonly Integrator[] {
  const known = { state: 'active', optedIn: true, groups: false } as const;
  const host: Integrator = { id: ownIntegrator.number, name: hostName, identifierType: 'username', ...known };
  if (provider === undefined) return [host];
  const { integrator: id, name, identifierType } = provider;
  return [host, { id, name, identifierType: wireTypes[identifierType], ...known }];
}

const wireTypes: Readonly<Record<IdentifierType, (typeof identifierTypes)[number]>> = {
  email: 'email',
  phone: 'pn',
  username: 'username',
};

function keysAnswer(taken: KeysTaken): Answer | Refused {
  switch (taken) {
    case 'taken':
      return done;
    case 'no-account':
      return refuse(notFound.code, notFound.text);
    case 'too-many':
      return refuse(tooMany.code, tooMany.text);
    case 'other-identity':
    case 'weak-key':
    case 'bad-signature':
      return refuse(refusals.notAcceptable, 'not-acceptable');
  }
}
