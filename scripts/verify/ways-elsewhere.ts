import { setTimeout as sleep } from 'node:timers/promises';
import {
  LoopbackGroupMember,
  LoopbackWorld,
  type LoopbackPerson,
} from '../../src/networks/loopback/index.ts';
import { eventually } from '../../test/conformance/eventually.ts';
import { BlockScene, seenBy } from '../../test/support/block-scene.ts';
import type { MatrixGuest } from '../../test/support/matrix-guest.ts';
import type { XmppUser } from '../../test/support/xmpp-user.ts';
import { Watch } from './block-watch.ts';
import { guarantee, type Guarantee } from './guarantee.ts';
import { link } from './ways-names.ts';

const patience = 30_000;

/** Somebody who tries: what they do, and all that they see of whom they do it to. */
interface Tried {
  readonly act: (to: MatrixGuest) => Promise<unknown>;
  readonly sees: (of: MatrixGuest) => readonly string[];
}

/** Two networks and message requests: what a block on one means on the other. */
class Elsewhere {
  readonly scene: BlockScene;
  readonly world: LoopbackWorld;
  readonly ways: Guarantee[] = [];
  readonly #alice: MatrixGuest;
  readonly #silent: MatrixGuest;
  readonly #watch: Watch;
  readonly #report: (line: string) => void;
  #count = 0;

  constructor(
    scene: BlockScene,
    world: LoopbackWorld,
    people: { readonly alice: MatrixGuest; readonly silent: MatrixGuest },
    report: (line: string) => void,
  ) {
    this.scene = scene;
    this.world = world;
    this.#alice = people.alice;
    this.#silent = people.silent;
    this.#watch = new Watch(people.alice.user);
    this.#report = report;
  }

  /** Nothing comes to alice, and who tries sees what who is not answered sees. */
  async way(name: string, blocked: Tried, like: Tried): Promise<void> {
    // What the bot said before is not counted.
    await this.#barrier();
    await sleep(500);
    const before = [blocked.sees(this.#alice).length, like.sees(this.#silent).length] as const;
    const mark = this.#watch.mark();
    const faults: string[] = [];
    const seen = (): readonly [string, string] => [
      blocked.sees(this.#alice).slice(before[0]).join('; '),
      like.sees(this.#silent).slice(before[1]).join('; '),
    ];
    try {
      await Promise.all([blocked.act(this.#alice), like.act(this.#silent)]);
      await this.#barrier();
      await eventually('the same', () => seen()[0] === seen()[1] || undefined, 6_000).catch(() => undefined);
      await sleep(500);
    } catch (error) {
      faults.push(`could not be tried: ${String(error).slice(0, 300)}`);
    }
    const [mine, theirs] = seen();
    if (mine !== theirs) faults.push(`sees ${mine || 'nothing'} where others see ${theirs || 'nothing'}`);
    const friend = this.scene.bridged.ghostOf('loopback', 'friend');
    for (const { by, what } of this.#watch.since(mark))
      if (by !== friend) faults.push(`came through by ${by}: ${what}`);
    const way = guarantee(name, faults, `sees ${mine === '' ? 'nothing' : mine}, as others do`);
    this.ways.push(way);
    this.#report(`${way.ok ? 'held  ' : 'BROKEN'} ${name}: ${way.ok ? way.figures : faults.join(' | ')}`);
  }

  async #barrier(): Promise<void> {
    const text = `barrier ${(this.#count += 1)}`;
    this.world.person('friend').send(this.#alice.user.userId, text);
    await eventually(
      text,
      () =>
        this.#alice.user.sdk
          .getRooms()
          .some(({ roomId }) =>
            this.#alice.user.timeline(roomId).some(({ content }) => content['body'] === text),
          ) || undefined,
      patience,
    );
  }
}

export async function elsewhereWays(report: (line: string) => void): Promise<readonly Guarantee[]> {
  const world = new LoopbackWorld();
  await using scene = await BlockScene.open('verify-blocks', {
    loopbackWorld: world,
    networks: { loopback: {} },
    config: { requests: { enabled: true } },
  });
  const [alice, silent, owner, root] = [
    await scene.matrixUser('alice'),
    await scene.matrixUser('silent'),
    await scene.matrixUser('owner'),
    await scene.matrixUser('root'),
  ];
  const friend = world.person('friend');
  await alice.ask(`start loopback ${friend.id}`, /chat|room|invited/i);
  const { roomId } = await alice.user.waitForInvite(({ isDirect }) => isDirect, patience);
  await alice.user.join(roomId);
  const elsewhere = new Elsewhere(scene, world, { alice, silent }, report);
  report('two networks, with message requests');
  const onLoopback = (person: LoopbackPerson, text: string): Tried => ({
    act: async ({ user }) => person.waitForAcknowledgement(person.send(user.userId, text)),
    sees: ({ user }) => person.inbox.filter(({ from }) => from === user.userId).map(({ body }) => body.kind),
  });
  const onXmpp = (person: XmppUser, text: string): Tried => ({
    act: ({ jid }) => person.sendText(jid, text),
    sees: ({ jid }) => seenBy(person, jid),
  });
  await requestWays(elsewhere, alice, { onLoopback, onXmpp });
  await personWays(elsewhere, { alice, owner }, { onLoopback, onXmpp });
  await bannedWays(elsewhere, root, { onLoopback, onXmpp });
  return elsewhere.ways;
}

interface Forms {
  readonly onLoopback: (person: LoopbackPerson, text: string) => Tried;
  readonly onXmpp: (person: XmppUser, text: string) => Tried;
}

/** First contacts, which are held. */
async function requestWays(
  elsewhere: Elsewhere,
  alice: MatrixGuest,
  { onXmpp, onLoopback }: Forms,
): Promise<void> {
  const { scene, world } = elsewhere;
  const [unknown, other] = [await scene.xmppUser('ursula'), await scene.xmppUser('ursula-like')];
  await alice.ask(`block xmpp ${unknown.jid}`, /is blocked/);
  await elsewhere.way(
    'a first message of somebody who was blocked before it: no request either',
    onXmpp(unknown, 'let me in'),
    onXmpp(other, 'let me in'),
  );
  const [declined, declinedLike] = [await scene.xmppUser('dan'), await scene.xmppUser('dan-like')];
  await declined.sendText(alice.jid, 'please');
  await declinedLike.sendText('silent@matrix.xmpp.localhost', 'please');
  await alice.ask(`decline ${await asked(alice, declined.jid)}`, /declined/);
  await elsewhere.way(
    'a message after a request that was declined',
    onXmpp(declined, 'please, please'),
    onXmpp(declinedLike, 'please, please'),
  );
  const [person, like] = [world.person('greta'), world.person('greta.like')];
  person.send(alice.user.userId, 'please');
  like.send('@silent:localhost', 'please');
  await alice.ask(`requests block ${await asked(alice, person.id)}`, /you blocked/);
  await elsewhere.way(
    'a message after a request that was answered with a block',
    onLoopback(person, 'please, please'),
    onLoopback(like, 'please, please'),
  );
}

/** The number of somebody's request, once alice is told of it. */
async function asked({ user, management }: MatrixGuest, address: string): Promise<string> {
  const line = new RegExp(`Request (\\d+): .*${address.replaceAll('.', '\\.')}`);
  const { content } = await user.waitForEvent(
    management,
    ({ content: { body } }) => line.test(String(body)),
    patience,
    `a request of ${address}`,
  );
  return line.exec(String(content['body']))?.[1] ?? '';
}

/** One person on two networks. */
async function personWays(
  elsewhere: Elsewhere,
  { alice, owner }: { readonly alice: MatrixGuest; readonly owner: MatrixGuest },
  { onLoopback }: Forms,
): Promise<void> {
  const { scene, world } = elsewhere;
  const eve = await scene.xmppUser('eve');
  const there = world.person('eve');
  await link(owner, eve);
  await linkThere(owner, there);
  await alice.ask(`block xmpp ${eve.jid}`, /is blocked/);
  await elsewhere.way(
    'a message on another network from an account of the same person',
    onLoopback(there, 'over here'),
    onLoopback(world.person('eve.like'), 'over here'),
  );
  const [old, fresh] = [world.person('ned'), world.person('ned.new')];
  await alice.ask(`block loopback ${old.id}`, /is blocked/);
  await world.signals.same(old.id, { kind: 'address', address: 'tel:+1 555 0100' });
  await world.signals.same(fresh.id, { kind: 'address', address: 'TEL:+15550100' });
  await elsewhere.way(
    'a message from a new account with the same verified number',
    onLoopback(fresh, 'a new telephone'),
    onLoopback(world.person('ned.like'), 'a new telephone'),
  );
  const renamed = world.person('ned.renamed');
  await world.signals.same(fresh.id, { kind: 'account', person: renamed.id });
  await elsewhere.way(
    'a message from that account once it was renamed',
    onLoopback(renamed, 'a new name'),
    onLoopback(world.person('ned.renamed.like'), 'a new name'),
  );
  const known = world.person('ned.known');
  await alice.ask(`start loopback ${known.id}`, /./);
  const ghost = scene.bridged.ghostOf('loopback', known.id);
  await alice.user.waitForInvite(({ inviter }) => inviter === ghost, patience);
  await world.signals.same(known.id, { kind: 'address', address: 'tel:+15550100' });
  const knownLike = world.person('ned.known.like');
  await elsewhere.way(
    'a message, typing and a new name of somebody who is known and turns out to be them',
    both(onLoopback(known, 'it is me'), () => {
      world.signals.send(known.id, alice.user.userId, { kind: 'typing', typing: true });
      world.signals.become(known.id, { name: 'Somebody else' });
    }),
    onLoopback(knownLike, 'it is me'),
  );
  await inGroup(elsewhere, alice, there);
}

/** A ban on one network holds on the other. */
async function bannedWays(
  elsewhere: Elsewhere,
  root: MatrixGuest,
  { onLoopback, onXmpp }: Forms,
): Promise<void> {
  const { scene, world } = elsewhere;
  const banned = await scene.xmppUser('ivan');
  const bannedThere = world.person('ivan.there');
  const other = await scene.matrixUser('other');
  await link(other, banned);
  await linkThere(other, bannedThere);
  await root.ask(`ban person xmpp ${banned.jid}`, /shut out for everybody/);
  await elsewhere.way(
    'a message on another network of a person whom an administrator has banned on one',
    onLoopback(bannedThere, 'over here'),
    onLoopback(world.person('ivan.like'), 'over here'),
  );
  await elsewhere.way(
    'a message of theirs where they were banned',
    onXmpp(banned, 'here'),
    onXmpp(await scene.xmppUser('ivan-like'), 'here'),
  );
}

function both({ act, sees }: Tried, more: () => void): Tried {
  return {
    act: async (to) => {
      more();
      await act(to);
    },
    sees,
  };
}

/** An invitation into a group of theirs, and what they say in one that alice is in. */
async function inGroup(elsewhere: Elsewhere, alice: MatrixGuest, eve: LoopbackPerson): Promise<void> {
  const { world } = elsewhere;
  const sees: Tried['sees'] = ({ user }) =>
    eve.inbox.filter(({ from }) => from === user.userId).map(({ body }) => body.kind);
  const theirs = LoopbackGroupMember.make(world, eve, '#eves', 'A trap');
  const like = LoopbackGroupMember.make(world, world.person('eve.like'), '#likes', 'No trap');
  const invite = (group: LoopbackGroupMember): Tried => ({
    act: async ({ user }) => group.person.waitForAcknowledgement(group.change(user.userId, 'invite')),
    sees: ({ user }) =>
      group.person.inbox.filter(({ from }) => from === user.userId).map(({ body }) => body.kind),
  });
  await elsewhere.way('an invitation into a group on another network', invite(theirs), invite(like));
  const host = LoopbackGroupMember.make(world, world.person('friend'), '#tea', 'Tea');
  await alice.ask('join loopback #tea', /You are in the group/);
  const { roomId } = await alice.user.waitForInvite(({ isDirect }) => !isDirect, patience);
  await alice.user.join(roomId);
  host.send('welcome');
  await alice.user.waitForText(roomId, 'welcome', patience);
  const guest = LoopbackGroupMember.join(world, eve, '#tea');
  await elsewhere.way(
    'words in a group on another network where alice is the only one from here',
    { act: async () => eve.waitForAcknowledgement(guest.send('in your group')), sees },
    { act: async () => undefined, sees: () => [] },
  );
}

/** A Matrix user links an account of the world. */
async function linkThere({ ask }: MatrixGuest, person: LoopbackPerson): Promise<void> {
  await ask(`link loopback ${person.id}`, /code was sent/i);
  const { body } = await person.waitFor((packet) => packet.body.kind === 'code');
  await ask(`link loopback ${body.kind === 'code' ? body.code : ''}`, /is linked/);
}
