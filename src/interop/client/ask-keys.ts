import { failedForGood, type Failed } from '../../core/outcome.ts';
import { formatAddress, type Address } from '../node/address.ts';
import type { KeyBundle } from '../stanza/keys.ts';
import type { ChatClient } from './client.ts';
import { failureOfCode } from './ends.ts';

/** Somebody's keys for a new session, from the server: what a talk asks for. */
export async function askKeys(client: Pick<ChatClient, 'ask'>, of: Address): Promise<KeyBundle | Failed> {
  const answer = await client.ask({ kind: 'fetch-keys', of: [of] });
  if (answer.kind === 'failed') return answer;
  const named = formatAddress(of);
  const found = answer.kind === 'keys' ? answer.of.find((one) => formatAddress(one.of) === named) : undefined;
  if (found === undefined) return failedForGood('no-key', 'the server gives no keys');
  return found.kind === 'keys' ? found.keys : failureOfCode(found.error.code);
}
