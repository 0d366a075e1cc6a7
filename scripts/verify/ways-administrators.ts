import type { XmppUser } from '../../test/support/xmpp-user.ts';
import { otherDomains, type BlockStage, type Pair } from './block-stage.ts';

/** What administrators shut out for everybody. */
export async function administratorWays(stage: BlockStage): Promise<readonly XmppUser[]> {
  const { alice, root } = stage;
  const pair = await stage.strangers('ivan');
  const room = await stage.chat(pair.blocked, 'hello from ivan');
  await pair.like.sendText(stage.silent, 'hello from ivan');
  const jid = pair.blocked.jid.toUpperCase();
  await root.ask(`ban person xmpp ${jid}. for spam`, /shut out for everybody/);
  await alice.user.waitForEvent(
    room,
    ({ type, sender, content }) =>
      type === 'm.room.member' && sender === stage.ghostOf(pair.blocked) && content['membership'] === 'leave',
    30_000,
    'that the ghost goes',
  );
  await alice.user.waitForEvent(
    alice.management,
    ({ content }) => String(content['body']).includes('Your chat with them has ended'),
    30_000,
  );
  // What the homeserver tells of the end comes with it.
  await stage.barrier();
  await stage.way('a message of a person whom an administrator has banned', pair, (who, to) =>
    who.sendText(to, 'banned'),
  );
  const [below, letters] = otherDomains;
  const people: XmppUser[] = [];
  for (const [domain, ban, spelt] of [
    [below, '*.BELOW.localhost.', 'all below a domain'],
    [letters, 'B\u00dcCHER.localhost', 'a domain in letters, whose people come as DNS has it'],
  ] as const) {
    const banned: Pair = {
      blocked: await stage.person('jane', { domain }),
      like: await stage.person(`jane-${domain.length}-like`),
    };
    const answer = await root.ask(`ban server xmpp ${ban}`, /write `?ban server/);
    const [, number = ''] = /(\d{4})\D*$/.exec(answer) ?? [];
    await root.ask(`ban server xmpp ${ban} ${number}`, /shut out for everybody/);
    await stage.way(`a first message from a server that is banned as ${spelt}`, banned, (who, to) =>
      who.sendText(to, 'from afar'),
    );
    people.push(banned.blocked);
  }
  await root.ask(`unban person xmpp ${pair.blocked.jid}`, /not shut out any more/);
  const again = await stage.chat(pair.blocked, 'let in again');
  if (again === room) throw new Error('the chat did not end');
  return people;
}
