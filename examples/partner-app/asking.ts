/** What a user asks of the host besides sending. */
import { failedForGood, type Failed } from '../../src/core/outcome.ts';
import type { ChatClient } from '../../src/interop/client/client.ts';
import type { Address } from '../../src/interop/node/address.ts';
import type { Reachability } from '../../src/interop/stanza/interop-asking.ts';

type Asker = Pick<ChatClient, 'ask'>;
export interface Found {
  readonly kind: 'found';
  readonly address: Address;
  /** The identifier in the form that the host gives it. */
  readonly externalId: string;
}

/** Finds a user of the host by what people call it. */
export async function lookUp(asker: Asker, externalId: string): Promise<Found | Failed> {
  const answer = await asker.ask({ kind: 'look-up', wanted: [{ externalId, integrator: 0 }] });
  if (answer.kind === 'failed') return answer;
  const [found] = answer.kind === 'found' ? answer.users : [];
  if (found?.kind !== 'found') return failedForGood('no-such-user', found?.error.code);
  return { kind: 'found', address: found.address, externalId: found.normalized ?? externalId };
}

export async function block(
  asker: Asker,
  who: Address,
  blocked: boolean,
): Promise<{ readonly kind: 'done' } | Failed> {
  const answer = await asker.ask({ kind: blocked ? 'block' : 'unblock', who });
  return answer.kind === 'failed' ? answer : { kind: 'done' };
}

export async function blocklist(asker: Asker): Promise<readonly Address[] | Failed> {
  const answer = await asker.ask({ kind: 'blocklist' });
  if (answer.kind === 'failed') return answer;
  return answer.kind === 'blocklist' ? answer.blocked : [];
}

/** Whether users of the host may write first; what is set, or what is so. */
export async function reachability(asker: Asker, set?: Reachability): Promise<Reachability | Failed> {
  if (set !== undefined) {
    const done = await asker.ask({ kind: 'set-reachability', reachability: set });
    return done.kind === 'failed' ? done : set;
  }
  const answer = await asker.ask({ kind: 'reachability' });
  if (answer.kind === 'failed') return answer;
  return answer.kind === 'reachability' ? answer.reachability : failedForGood('network-refused');
}
