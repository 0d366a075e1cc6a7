import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../test/conformance/eventually.ts';
import { ignoring } from '../../test/support/block-scene.ts';
import type { MatrixGuest } from '../../test/support/matrix-guest.ts';
import type { XmppUser } from '../../test/support/xmpp-user.ts';
import type { BlockStage, Pair } from './block-stage.ts';

/** A Matrix user links an account of XMPP by the code that comes there. */
export async function link({ ask }: Pick<MatrixGuest, 'ask'>, person: XmppUser): Promise<void> {
  const before = person.stanzas.length;
  await ask(`link xmpp ${person.jid}`, /code was sent/i);
  const code = await eventually('a code', () =>
    person.stanzas
      .slice(before)
      .map((stanza) => /\b(\d{6,8})\b/.exec(stanza.getChildText('body') ?? '')?.[1])
      .find((found) => found !== undefined),
  );
  await ask(`link xmpp ${code}`, /is linked/);
}

/** Other names of the same person. */
export async function nameWays(stage: BlockStage): Promise<readonly XmppUser[]> {
  const { blocked: eve, like } = await stage.pair('eve');
  const owner = await stage.commander('evelyn');
  const second = await stage.strangers('eve-second');
  const later = await stage.strangers('eve-later');
  await link(owner, eve);
  await link(owner, second.blocked);
  await stage.way('a first message from another account that they have linked', second, (who, to) =>
    who.sendText(to, 'a new face'),
  );
  // Known before: a chat with another account, which turns out to be theirs.
  const room = await stage.chat(later.blocked, 'you do not know me');
  await later.like.sendText(stage.silent, 'you do not know me');
  await link(owner, later.blocked);
  await stage.way(
    'a message from an account that turned out to be theirs after the block',
    later,
    (who, to) => who.sendText(to, `still nobody you know, in ${room.length}`),
  );
  await owner.ask(`unlink xmpp ${second.blocked.jid}`, /not linked any more|unlinked|no longer/i);
  await stage.way('a message from an account after its link was taken away', second, (who, to) =>
    who.sendText(to, 'not linked any more'),
  );
  const capitals = await stage.strangers('carl');
  await stage.chat(capitals.blocked, 'hello from carl');
  await capitals.like.sendText(stage.silent, 'hello from carl');
  await stage.alice.ask(`block xmpp CARL@XMPP.Localhost.`, /is blocked/);
  await stage.way('a block typed in capitals, with a dot at the end', capitals, (who, to) =>
    who.sendText(to, 'lower case'),
  );
  return [eve, second.blocked, later.blocked, capitals.blocked, ...(await listWays(stage)), like];
}

/** The list of ignored people of the user's own client. */
async function listWays(stage: BlockStage): Promise<readonly XmppUser[]> {
  const { alice } = stage;
  const pair: Pair = await stage.strangers('dora');
  await stage.chat(pair.blocked, 'hello from dora');
  await pair.like.sendText(stage.silent, 'hello from dora');
  const before = alice.user.sdk.getIgnoredUsers();
  await alice.user.sdk.setIgnoredUsers([...before, stage.ghostOf(pair.blocked)]);
  // What another writes has the list read again where it was read more than two seconds ago.
  await sleep(2_500);
  const stranger = await stage.person('passer-by');
  await stage.chat(stranger, 'just passing');
  await eventually('that dora is blocked', async () =>
    (await alice.ask('blocks', /You have blocked/)).includes(pair.blocked.jid) ? true : undefined,
  );
  await stage.way('somebody who is on alice’s own list of ignored people', pair, (who, to) =>
    who.sendText(to, 'ignored'),
  );
  await ignoring(alice, stage.ghostOf(pair.blocked), true);
  return [pair.blocked];
}
