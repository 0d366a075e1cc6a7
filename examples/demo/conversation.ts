import { styleText } from 'node:util';
import { SdkPerson } from '../../test/conformance/matrix-person.ts';
import type { SignalPair } from '../../test/conformance/signal-chat.ts';
import type { XmppPlace } from '../../test/conformance/xmpp-chat.ts';
import { XmppRemote } from '../../test/conformance/xmpp-remote.ts';
import { xmppSignals } from '../../test/conformance/xmpp-signals.ts';
import { Chat } from './chat.ts';
import { AppChat } from './app-chat.ts';
import { app } from './app-plan.ts';
import {
  attempt,
  type Exchange,
  type NetworkName,
  type Placed,
  type Result,
  type Where,
} from './exchange.ts';
import { changeExchanges, retractionExchanges as appRetractions } from './exchanges/app/changes.ts';
import { fileExchanges } from './exchanges/app/files.ts';
import { enableExchange, openedByAddress, openedFromApp } from './exchanges/app/opening.ts';
import { passingExchanges } from './exchanges/app/passing.ts';
import { wordExchanges as appWords } from './exchanges/app/words.ts';
import { callExchanges } from './exchanges/call.ts';
import { comingExchanges } from './exchanges/group/coming.ts';
import { faceExchanges } from './exchanges/group/face.ts';
import { goingExchanges } from './exchanges/group/going.ts';
import { groupImageExchanges } from './exchanges/group/image.ts';
import { moderationExchanges } from './exchanges/group/moderation.ts';
import { ruleExchanges } from './exchanges/group/rules.ts';
import { groupSignalExchanges } from './exchanges/group/signals.ts';
import { talkExchanges } from './exchanges/group/talk.ts';
import { imageExchanges } from './exchanges/image.ts';
import { mediaExchanges } from './exchanges/media.ts';
import { linkExchange, openedByCommand, openedFromNetwork } from './exchanges/opening.ts';
import { profileExchanges } from './exchanges/profile.ts';
import { reactionExchanges } from './exchanges/reaction.ts';
import { receiptExchanges } from './exchanges/receipt.ts';
import { retractionExchanges } from './exchanges/retraction.ts';
import { severalExchanges } from './exchanges/several.ts';
import { signalExchanges } from './exchanges/signals.ts';
import { styleExchanges } from './exchanges/style.ts';
import { textExchanges } from './exchanges/text.ts';
import { voteExchanges } from './exchanges/vote.ts';
import { wordExchanges } from './exchanges/words.ts';
import { ManagementRoom } from './management-room.ts';
import type { People } from './people.ts';
import type { Progress } from './progress.ts';
import { groupAddress, Salon } from './salon.ts';
import type { Samples } from './samples.ts';
import { secrecyOf } from './secrecy.ts';
import { isRunning, type Servers } from './servers.ts';
import { cut, padded } from './terminal.ts';

/** Lets the people exchange everything that the bridge carries, one after the other; a failure does not end it. */
export async function converse(
  people: People,
  servers: Servers,
  samples: Samples,
  progress: Progress,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const exchange of exchangesOf(people, servers, samples)) {
    const place = exchange.network === 'xmpp' ? exchange.where : 'app';
    const name = `${padded(place, 7)} ${padded(exchange.kind, 17)} ${padded(wayOf(exchange), 10)}`;
    const result = await progress.step(
      name,
      () =>
        attempt({ ...exchange, prepare: () => ready(servers, exchange) }, (shown, direction) =>
          secrecyOf(shown, direction, people.alice),
        ),
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

function exchangesOf(people: People, servers: Servers, samples: Samples): readonly Placed[] {
  const management = new ManagementRoom(people.alice, `@causeway:${servers.plan.matrixDomain}`);
  const placed =
    (network: NetworkName, where: Where) =>
    (exchange: Exchange): Placed => ({ ...exchange, network, where });
  return [
    ...directExchanges(people, servers, management, samples).map(placed('xmpp', 'direct')),
    ...groupExchanges(people, servers, management).map(placed('xmpp', 'group')),
    ...appExchanges(people, management, samples).map(placed('thirdparty', 'direct')),
  ];
}

function directExchanges(
  { alice, aliceOnXmpp, bob, carol }: People,
  servers: Servers,
  management: ManagementRoom,
  samples: Samples,
): readonly Exchange[] {
  const { component } = servers.plan;
  const { uploadDomain } = servers.prosody;
  const address = `alice@${component}`;
  const withBob = new Chat(alice, bob, 'Bob', address);
  const withCarol = new Chat(alice, carol, 'Carol', address);
  const own = new Chat(alice, aliceOnXmpp, 'Alice', component);
  const place: XmppPlace = { uploadDomain, addressOf: () => address };
  const ends = signalEnds(withBob, place, management);
  return [
    linkExchange(management, own, component),
    openedFromNetwork(withBob),
    openedByCommand(management, withCarol),
    ...textExchanges(withBob),
    ...styleExchanges(withBob, place),
    ...callExchanges(withBob, place),
    ...reactionExchanges(withBob),
    ...imageExchanges(withBob, uploadDomain),
    ...mediaExchanges(withBob, place, samples),
    ...severalExchanges(withBob, place),
    ...wordExchanges(withBob, place),
    ...voteExchanges(withBob, management),
    ...receiptExchanges(withBob),
    ...signalExchanges(withBob, ends),
    ...profileExchanges(withBob, ends),
    ...retractionExchanges(withBob),
  ];
}

/** Both ends of a chat for what is told in passing, once they see each other's presence. */
function signalEnds(chat: Chat, place: XmppPlace, { bot }: ManagementRoom): () => Promise<SignalPair> {
  let ends: Promise<SignalPair> | undefined;
  return () => {
    ends ??= xmppSignals(place)({
      matrix: new SdkPerson(chat.alice, bot, 'xmpp'),
      remote: new XmppRemote(chat.friend, place, chat.place.ghost),
      matrixChat: chat.aliceEnd,
      remoteChat: chat.friendEnd(place),
    });
    return ends;
  };
}

function groupExchanges(
  { alice, bob, carol }: People,
  servers: Servers,
  management: ManagementRoom,
): readonly Exchange[] {
  const salon = new Salon(alice, bob, carol, groupAddress(servers.prosody));
  return [
    ...comingExchanges(salon, management),
    ...talkExchanges(salon),
    ...groupImageExchanges(salon, servers.prosody.uploadDomain),
    ...groupSignalExchanges(salon),
    ...ruleExchanges(salon),
    ...moderationExchanges(salon),
    ...faceExchanges(salon),
    ...goingExchanges(salon),
  ];
}

/** With users of the third-party app, whom the bridge hosts. */
function appExchanges(
  { alice, erin, fred, provider }: People,
  management: ManagementRoom,
  samples: Samples,
): readonly Exchange[] {
  const [withErin, withFred] = [new AppChat(alice, erin, 'Erin'), new AppChat(alice, fred, 'Fred')];
  return [
    enableExchange(withErin, management),
    openedFromApp(withErin),
    openedByAddress(withFred, management),
    ...appWords(withErin),
    ...changeExchanges(withErin),
    ...fileExchanges(withErin, samples),
    ...passingExchanges(withErin, () => provider.pushes.get('woken') ?? 0),
    ...appRetractions(withErin),
  ];
}

function wayOf({ direction, network }: Placed): string {
  if (direction === 'to-matrix') return 'to Matrix';
  return network === 'xmpp' ? 'to XMPP' : `to ${app.shownName}`;
}

function tellFailure({ expected, found }: Extract<Result, { ok: false }>, progress: Progress): void {
  progress.say(styleText('red', `  expected: ${expected}`));
  const [first = '', ...seen] = found.split('\n');
  for (const line of [first, ...seen.slice(-4)]) progress.say(`  ${cut(line, 240)}`);
}
