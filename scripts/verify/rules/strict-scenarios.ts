import { setTimeout as sleep } from 'node:timers/promises';
import type { MatrixGuest } from '../../../test/support/matrix-guest.ts';
import { plainDeed } from './lane.ts';
import type { ChatKind, Scenario, Track, WayName } from './scenario.ts';
import type { Portal, Stage } from './stage.ts';

const silenceMs = 1_000;

/** Sam, and Sue whom he has accepted. */
interface Scene {
  readonly sam: MatrixGuest;
  readonly chat: Portal;
}

/** Strict mode lets in whom the user has accepted, and gives nothing away. */
export function strictScenarios(stage: Stage): Track {
  let made: Promise<Scene> | undefined;
  const all: readonly (readonly [string, ChatKind, WayName, (s: Stage, of: Scene) => Promise<void>])[] = [
    ['`strict unencrypted` keeps strangers out, in silence', 'direct', 'to Matrix', strangers],
    ['`strict unencrypted` lets an accepted person in', 'direct', 'both ways', friends],
    ['`strict unencrypted` tells nobody who writes or has read', 'direct', 'to XMPP', unseen],
    ['`strict unencrypted` leaves groups as they are', 'group', 'both ways', groups],
    ['`strict on` stops what is not end-to-end encrypted, and says so', 'direct', 'to XMPP', stopped],
    ['`strict on` keeps out what is not end-to-end encrypted', 'direct', 'to Matrix', shut],
    ['`strict off` ends it', 'direct', 'both ways', ended],
  ];
  return all.map(([name, chat, way, play]): Scenario => ({
    ...{ part: 'strict', name, chat, way },
    play: async () => play(stage, await (made ??= gather(stage))),
  }));
}

async function gather(stage: Stage): Promise<Scene> {
  const [sam, sue] = [await stage.matrixUser('sam'), await stage.xmppUser('sue')];
  return { sam, chat: await stage.chat(sam, sue) };
}

async function be({ sam }: Scene, level: 'on' | 'off' | 'unencrypted'): Promise<void> {
  await sam.ask(`strict ${level}`, level === 'off' ? /Strict mode is off/ : /Strict mode is on/);
}

async function strangers(stage: Stage, of: Scene): Promise<void> {
  await be(of, 'unencrypted');
  const who = await stage.xmppUser();
  const stanzas = who.stanzas.length;
  await who.sendText(of.sam.jid, stage.mark('unheard'));
  await friends(stage, of);
  await sleep(silenceMs);
  const line = of.sam.lines().find((one) => one.includes(who.jid));
  if (line !== undefined) throw new Error(`the user was told: ${line}`);
  const error = who.stanzas.slice(stanzas).find((one) => one.attrs['type'] === 'error');
  if (error !== undefined) throw new Error(`the stranger was told: ${error.toString()}`);
}

async function friends(stage: Stage, of: Scene): Promise<void> {
  await be(of, 'unencrypted');
  await bothWays(stage, of);
}

async function bothWays(stage: Stage, { chat: { matrix, xmpp } }: Scene): Promise<void> {
  const [out, back] = [stage.mark('out'), stage.mark('back')];
  await matrix.say(out);
  await xmpp.heard(out);
  await xmpp.say(back);
  await matrix.heard(back);
}

async function unseen(stage: Stage, of: Scene): Promise<void> {
  await be(of, 'unencrypted');
  const { matrix, xmpp } = of.chat;
  const text = stage.mark('read-me');
  const said = await xmpp.say(text);
  const heard = await matrix.heard(text);
  const other = { matrix: heard.name, xmpp: said.name, stanza: said.stanza };
  const [typing, read] = [plainDeed('typing'), plainDeed('read-receipt', { other })];
  await matrix.act(typing);
  await matrix.act(read);
  await matrix.say(stage.mark('after'));
  await sleep(silenceMs);
  const seen = [xmpp.sees(typing), xmpp.sees(read)].filter((one) => one !== undefined);
  await matrix.end(typing);
  if (seen.length > 0) throw new Error('what the user does is told');
}

async function groups(stage: Stage, of: Scene): Promise<void> {
  await be(of, 'unencrypted');
  const { group } = stage;
  const room = await stage.join(of.sam, group.address);
  const [out, back] = [stage.mark('out'), stage.mark('back')];
  await of.sam.user.sendText(room, out);
  await group.guest.heard(out);
  await group.guest.say(back);
  await of.sam.user.waitForText(room, back, 20_000);
  await of.sam.ask(`leave ${group.address}`, /You have left the group/);
}

async function stopped(stage: Stage, of: Scene): Promise<void> {
  await be(of, 'on');
  const text = stage.mark('in-the-clear');
  const since = of.sam.lines().length;
  await of.chat.matrix.say(text);
  await of.sam.line(/you are in strict mode, and the chat is not end-to-end encrypted/, since);
  await back(stage, of);
  if (of.chat.xmpp.sees({ ...plainDeed('text'), mark: text }) !== undefined) throw new Error('it arrived');
}

async function shut(stage: Stage, of: Scene): Promise<void> {
  await be(of, 'on');
  const { xmpp, matrix } = of.chat;
  const deed = plainDeed('text');
  await xmpp.taken(await xmpp.act(deed));
  await sleep(silenceMs);
  await back(stage, of);
  if ((await matrix.sees(deed)) !== undefined) throw new Error('it arrived');
}

async function ended(stage: Stage, of: Scene): Promise<void> {
  await be(of, 'on');
  await back(stage, of);
}

async function back(stage: Stage, of: Scene): Promise<void> {
  await be(of, 'off');
  await bothWays(stage, of);
}
