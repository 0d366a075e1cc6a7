import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../../examples/partner-app/database.ts';
import type { PartnerUser } from '../../../examples/partner-app/user.ts';
import { sampleOf } from '../../../test/conformance/content-samples.ts';
import { eventually } from '../../../test/conformance/eventually.ts';
import { PartnerChat } from '../../../test/conformance/partner-chat.ts';
import { forgetSignal } from '../../../test/support/bridge-secrets.ts';
import type { Scenario, WayName } from './scenario.ts';
import {
  connected,
  inOrder,
  patienceMs,
  saw,
  sawRich,
  silenceMs,
  talk,
  textsOf,
  type Pair,
  type Stage,
} from './stage.ts';

const many = 15;

/** What goes wrong between the two, or has to wait. Each has a pair of people of its own where it ends something. */
export function troubleScenarios(stage: Stage): readonly Scenario[] {
  let met: Promise<Pair> | undefined;
  const pair = (): Promise<Pair> => (met ??= stage.pair('dora', 'dan'));
  const one = (part: string, name: string, way: WayName, play: (pair: Pair) => Promise<void>): Scenario => ({
    ...{ part, name, way },
    play: async () => {
      const known = await pair();
      await play(known).finally(() => (met = current(known)));
    },
  });
  return [
    one('mailbox', 'what is said while the app is off comes in order, once', 'to the app', (chat) =>
      mailbox(stage, chat, async () => undefined),
    ),
    one('mailbox', 'the same where the bridge is killed meanwhile', 'to the app', (chat) =>
      mailbox(stage, chat, async () => {
        await stage.stack.bridge.kill();
        await stage.stack.bridge.start();
        await stage.stack.bridge.untilReady(patienceMs);
      }),
    ),
    one('mailbox', 'what the app says while the bridge is away comes in order, once', 'to Matrix', (chat) =>
      bridgeAway(stage, chat),
    ),
    one('push', 'an app that rests is woken by a push, and rests again', 'to the app', (chat) =>
      push(stage, chat),
    ),
    one('retry', 'the app has lost its sessions', 'to the app', (chat) =>
      lostSessions(stage, chat, "delete from signal_records where user = ? and kind = 'session'"),
    ),
    one('retry', 'the app has gone back to older copies of its sessions', 'to the app', (chat) =>
      olderSessions(stage, chat),
    ),
    one('retry', 'a ciphertext of the app is garbled', 'to Matrix', (chat) => garbled(stage, chat)),
    one(
      'identity',
      'the app is installed anew: the user is told before the first message',
      'to Matrix',
      (chat) => installedAnew(stage, chat),
    ),
    one(
      'identity',
      'the bridge has lost the keys of its user: the app is told, nothing is lost',
      'both ways',
      (chat) => bridgeLost(stage, chat),
    ),
  ];
}

/** A person whose app was closed and opened is another object. */
async function current(pair: Pair): Promise<Pair> {
  const person = openApps.get(pair.person.identifier) ?? pair.person;
  await connected(person);
  return { ...pair, person, partner: new PartnerChat(person, pair.guest.user.userId) };
}

const openApps = new Map<string, PartnerUser>();

/** Closes the app, does something, and opens it again. */
async function reopened(
  stage: Stage,
  { guest, person }: Pair,
  meanwhile: () => Promise<void>,
): Promise<PartnerChat> {
  await person[Symbol.asyncDispose]();
  await meanwhile();
  const [name = ''] = person.identifier.split('@');
  const again = stage.personAt(name);
  openApps.set(again.identifier, again);
  return new PartnerChat(again, guest.user.userId);
}

async function mailbox(stage: Stage, pair: Pair, meanwhile: () => Promise<void>): Promise<void> {
  const texts = Array.from({ length: many }, (_, at) => stage.mark(`waits-${at}`));
  const picture = sampleOf('image', stage.mark('waits'));
  const chat = await reopened(stage, pair, async () => {
    for (const text of texts) await pair.matrix.say(text);
    await pair.matrix.sendMedia(picture);
    await sleep(silenceMs);
    await meanwhile();
  });
  await connected(chat.user);
  await inOrder(chat, texts);
  const seen = await sawRich(chat, 'media', ({ caption }) => caption === picture.caption);
  if (!Buffer.from(await seen.load()).equals(Buffer.from(picture.bytes)))
    throw new Error('the picture is another');
  const last = stage.mark('last');
  const id = await pair.matrix.say(last);
  await saw(chat, last);
  await eventually('that it is delivered', () => pair.matrix.isDelivered(id) || undefined, patienceMs);
}

async function bridgeAway(stage: Stage, { person, matrix, partner }: Pair): Promise<void> {
  const texts = Array.from({ length: many }, (_, at) => stage.mark(`away-${at}`));
  await stage.stack.bridge.stop();
  for (const text of texts) await partner.say(text);
  await stage.stack.bridge.start();
  await stage.stack.bridge.untilReady(patienceMs);
  await connected(person);
  await inOrder(matrix, texts);
}

async function push(stage: Stage, { person, matrix, partner }: Pair): Promise<void> {
  const woken = (): number => stage.provider.pushes.get('woken') ?? 0;
  const before = woken();
  await person.rest();
  const text = stage.mark('wake up');
  await matrix.say(text);
  await saw(partner, text);
  if (woken() <= before) throw new Error('no push has come');
  await eventually('that it rests again', () => person.health().kind !== 'up' || undefined, patienceMs);
  const again = stage.mark('once more');
  await matrix.say(again);
  await saw(partner, again);
}

async function lostSessions(stage: Stage, { person, matrix, partner }: Pair, sql: string): Promise<void> {
  await person.rest();
  await sleep(200);
  const changed = stage.provider.database.prepare(sql).run(person.identifier).changes;
  if (changed === 0) throw new Error('there was no session');
  await connected(person);
  const texts = ['one', 'two', 'three'].map((word) => stage.mark(`lost-${word}`));
  for (const text of texts) await matrix.say(text);
  await once(partner, texts);
  await talk(stage, { matrix, partner });
  await once(partner, texts);
  const trouble = person.timeline().filter((event) => event.kind === 'trouble' && texts.includes(event.id));
  if (trouble.length > 0) throw new Error(JSON.stringify(trouble));
}

interface SessionRow {
  readonly peer: string;
  readonly name: string;
  readonly value: string;
}

async function olderSessions(stage: Stage, { person, matrix, partner }: Pair): Promise<void> {
  const { database } = stage.provider;
  const rows = database
    .prepare<[string], SessionRow>(
      "select peer, name, value from signal_records where user = ? and kind = 'session'",
    )
    .all(person.identifier);
  for (let turn = 0; turn < 3; turn += 1) await talk(stage, { matrix, partner });
  await person.rest();
  const back = database.prepare(
    "update signal_records set value = ? where user = ? and kind = 'session' and peer = ? and name = ?",
  );
  for (const { peer, name, value } of rows) back.run(value, person.identifier, peer, name);
  await connected(person);
  const texts = ['one', 'two', 'three'].map((word) => stage.mark(`older-${word}`));
  for (const text of texts) await matrix.say(text);
  await once(partner, texts);
  await talk(stage, { matrix, partner });
}

/** Each is there, and no more than once; in which order does not matter. */
async function once(chat: Pick<PartnerChat, 'seen'>, texts: readonly string[]): Promise<void> {
  for (const text of texts) await saw(chat, text);
  await sleep(silenceMs);
  const there = textsOf(chat).filter((text) => texts.includes(text));
  if (there.length !== texts.length) throw new Error(`There is ${there.join(', ')}.`);
}

/** What is sealed while there is no connection is spoilt on the app's disk before it goes out. */
async function garbled(stage: Stage, { person, matrix, partner }: Pair): Promise<void> {
  await person.rest();
  const text = stage.mark('garbled');
  const id = await partner.say(text);
  await eventually(
    'that it is sealed',
    () => spoil(stage.provider.database, person.identifier, id) || undefined,
    patienceMs,
  );
  await connected(person);
  await saw(matrix, text);
  const later = stage.mark('after');
  await partner.say(later);
  await inOrder(matrix, [text, later]);
}

/** Turns a bit in the code at the end of what was sealed under an id. */
function spoil(database: Database, user: string, id: string): boolean {
  const rows = database
    .prepare<[string], { readonly name: string; readonly value: string }>(
      "select name, value from signal_records where user = ? and kind = 'sealed'",
    )
    .all(user)
    .filter(({ name }) => name.includes(id));
  for (const { name, value } of rows) {
    const kept = JSON.parse(value) as { readonly body: string };
    const body = Buffer.from(kept.body, 'base64');
    body[body.length - 3] = (body[body.length - 3] ?? 0) ^ 0x10;
    const spoilt = JSON.stringify({ ...kept, body: body.toString('base64') });
    database
      .prepare("update signal_records set value = ? where user = ? and kind = 'sealed' and name = ?")
      .run(spoilt, user, name);
  }
  return rows.length > 0;
}

async function installedAnew(stage: Stage, pair: Pair): Promise<void> {
  const { guest, matrix, person } = pair;
  const since = guest.lines().length;
  const chat = await reopened(stage, pair, async () => {
    stage.provider.database.prepare('delete from signal_records where user = ?').run(person.identifier);
  });
  const login = person.login;
  const enlisted = await chat.user.enlist();
  if (enlisted.kind !== 'enlisted') throw new Error(`the app is ${enlisted.kind}`);
  if (enlisted.login.user !== login?.user) throw new Error('the login is another');
  await connected(chat.user);
  const text = stage.mark('from the new phone');
  await chat.say(text);
  await saw(matrix, text);
  // The homeserver had it first; a client may open it a moment later.
  await guest.line(/security number of .* is another now/, since, silenceMs);
  await talk(stage, { matrix, partner: chat });
  if (
    guest
      .lines()
      .slice(since)
      .filter((line) => line.includes('security number of')).length !== 1
  )
    throw new Error('it was told more than once');
}

async function bridgeLost(stage: Stage, { person, matrix, partner }: Pair): Promise<void> {
  const said = stage.mark('sealed for the old keys');
  const [resident = ''] = partner.address.split('@');
  await stage.stack.bridge.stop();
  try {
    forgetSignal(stage.stack.storage.file, resident);
    await partner.say(said);
  } finally {
    await stage.stack.bridge.start();
  }
  await stage.stack.bridge.untilReady(patienceMs);
  await connected(person);
  const out = stage.mark('from new keys');
  await matrix.say(out);
  await saw(partner, out);
  await saw(matrix, said);
  await person.waitFor('identity-changed', ({ chat }) => chat === partner.address, patienceMs);
  await talk(stage, { matrix, partner });
  await inOrder(matrix, [said]);
}
