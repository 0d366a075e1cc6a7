import { styleText } from 'node:util';
import { Chat } from './chat.ts';
import { attempt, type Exchange, type Result } from './exchange.ts';
import { fileExchanges } from './exchanges/file.ts';
import { linkExchange, openedByCommand, openedFromNetwork } from './exchanges/opening.ts';
import { reactionExchanges } from './exchanges/reaction.ts';
import { receiptExchanges } from './exchanges/receipt.ts';
import { retractionExchanges } from './exchanges/retraction.ts';
import { textExchanges } from './exchanges/text.ts';
import { ManagementRoom } from './management-room.ts';
import type { People } from './people.ts';
import type { Progress } from './progress.ts';
import { isRunning, type Servers } from './servers.ts';
import { cut, padded } from './terminal.ts';

/** Lets the people exchange everything that the bridge carries, one after the other; a failure does not end it. */
export async function converse(
  people: People,
  servers: Servers,
  progress: Progress,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const exchange of exchangesOf(people, servers)) {
    const name = `${padded(exchange.kind, 17)} ${padded(wayOf(exchange), 10)}`;
    const result = await progress.step(
      name,
      () => attempt({ ...exchange, prepare: () => ready(servers, exchange) }),
      ({ ok }) => ({ ok, text: name }),
    );
    results.push(result);
    if (!result.ok) tellFailure(result, progress);
  }
  return results;
}

/** Without one of the servers there is nothing to wait for. */
async function ready({ synapse, prosody, bridge }: Servers, { prepare }: Exchange): Promise<void> {
  const names = new Map([
    [synapse, 'Synapse'],
    [prosody, 'Prosody'],
    [bridge, 'The bridge'],
  ]);
  for (const [server, name] of names) if (!isRunning(server)) throw new Error(`${name} has ended.`);
  await prepare?.();
}

function exchangesOf({ alice, aliceOnXmpp, bob, carol }: People, servers: Servers): readonly Exchange[] {
  const { component, matrixDomain } = servers.plan;
  const address = `alice@${component}`;
  const withBob = new Chat(alice, bob, 'Bob', address);
  const withCarol = new Chat(alice, carol, 'Carol', address);
  const own = new Chat(alice, aliceOnXmpp, 'Alice', component);
  const management = new ManagementRoom(alice, `@causeway:${matrixDomain}`);
  return [
    linkExchange(management, own, component),
    openedFromNetwork(withBob),
    openedByCommand(management, withCarol),
    ...textExchanges(withBob),
    ...reactionExchanges(withBob),
    ...fileExchanges(withBob, servers.prosody.uploadDomain),
    ...receiptExchanges(withBob),
    ...retractionExchanges(withBob),
  ];
}

function wayOf({ direction }: Exchange): string {
  return direction === 'to-matrix' ? 'to Matrix' : 'to XMPP';
}

function tellFailure({ expected, found }: Extract<Result, { ok: false }>, progress: Progress): void {
  progress.say(styleText('red', `  expected: ${expected}`));
  const [first = '', ...seen] = found.split('\n');
  for (const line of [first, ...seen.slice(-4)]) progress.say(`  ${cut(line, 240)}`);
}
