import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../test/conformance/eventually.ts';
import { commands, seenBy } from '../../test/support/block-scene.ts';
import type { MatrixGuest } from '../../test/support/matrix-guest.ts';
import { startStack, type Stack } from '../../test/support/bridge-process.ts';
import { accountFile } from '../../test/support/prosody-config.ts';
import { XmppUser } from '../../test/support/xmpp-user.ts';
import { Watch } from './block-watch.ts';
import { guarantee, type Guarantee } from './guarantee.ts';

/** Who tries, and who does the same towards somebody who has blocked nobody and never answers. */
export interface Pair {
  readonly blocked: XmppUser;
  readonly like: XmppUser;
}

export interface WayOptions {
  /** Whom the other writes to; a Matrix user without any client where absent. */
  readonly target?: string;
  /** Who may be seen meanwhile. */
  readonly allowed?: readonly string[];
  /** Why what the two see is not compared. */
  readonly incomparable?: string;
}

export type Act = (who: XmppUser, to: string) => Promise<unknown>;

const patience = 30_000;
/** How long nothing may come after all that was on its way has arrived. */
const quietMs = 400;
/** Domains below the server's own, one of them with a name in letters. */
export const otherDomains = ['deep.below.localhost', 'xn--bcher-kva.localhost'] as const;

/** Real servers, the bridge as a process, alice who blocks people, and her friend whose messages show how far all else is. */
export class BlockStage implements AsyncDisposable {
  readonly stack: Stack;
  readonly alice: MatrixGuest;
  readonly root: MatrixGuest;
  readonly watch: Watch;
  /** The address of a Matrix user who is there, can be reached, and has no client. */
  readonly silent: string;
  readonly ways: Guarantee[] = [];
  readonly #dir: string;
  readonly #all: AsyncDisposableStack;
  readonly #report: (line: string) => void;
  readonly #rooms = new Set<string>();
  #friend: { readonly user: XmppUser; room: string } | undefined;
  #barriers = 0;

  private constructor(
    dir: string,
    stack: Stack,
    all: AsyncDisposableStack,
    people: { readonly alice: MatrixGuest; readonly root: MatrixGuest },
    report: (line: string) => void,
  ) {
    this.#dir = dir;
    this.stack = stack;
    this.#all = all;
    this.#report = report;
    ({ alice: this.alice, root: this.root } = people);
    this.watch = new Watch(people.alice.user);
    this.silent = `silent@${stack.componentDomain}`;
  }

  static async open(dir: string, report: (line: string) => void): Promise<BlockStage> {
    await using all = new AsyncDisposableStack();
    const stack = all.use(
      await startStack({
        ...{ dir, database: 'sqlite', xmppUsers: [], faultyHomeserver: true, doublePuppeting: true },
        prosody: { extra: otherDomains.map((domain) => `VirtualHost "${domain}"`).join('\n') },
        config: {
          permissions: { '*': 'none', localhost: 'user', '@root:localhost': 'admin' },
          encryption: { default: false },
        },
      }),
    );
    const { synapse, botUserId, componentDomain } = stack;
    const commander = async (
      name: string,
      more: { readonly encryption?: object } = {},
    ): Promise<MatrixGuest> => {
      const made = await commands({ synapse, botUserId, name, jid: `${name}@${componentDomain}`, ...more });
      all.use(made.user);
      return made;
    };
    await synapse.createUser('silent', 'a password');
    const people = { alice: await commander('alice', { encryption: {} }), root: await commander('root') };
    const stage = new BlockStage(dir, stack, all.move(), people, report);
    await stage.#meetFriend();
    return stage;
  }

  get roomsDomain(): string {
    return this.stack.prosody.roomsDomain;
  }

  /** A Matrix user more, with a client. */
  async commander(name: string): Promise<MatrixGuest> {
    const { synapse, botUserId, componentDomain } = this.stack;
    const made = await commands({ synapse, botUserId, name, jid: `${name}@${componentDomain}` });
    this.#all.use(made.user);
    return made;
  }

  /** Somebody at a client of XMPP; the account is made where it is not there. */
  async person(
    username: string,
    more: { readonly domain?: string; readonly resource?: string } = {},
  ): Promise<XmppUser> {
    const { service, domain: usual } = this.stack.prosody;
    const { domain = usual, ...rest } = more;
    const { path, content } = accountFile(domain, username, 'secret');
    const file = join(this.#dir, 'prosody', 'data', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    return this.#all.use(await XmppUser.login({ service, domain, username, password: 'secret', ...rest }));
  }

  /** Two people of whom one has a chat with alice and one with somebody who never answers; the first is blocked. */
  async pair(name: string): Promise<Pair & { readonly room: string }> {
    const pair = await this.strangers(name);
    const room = await this.chat(pair.blocked, `hello from ${name}`);
    await pair.like.sendText(this.silent, `hello from ${name}`);
    await this.block(pair.blocked.jid);
    return { ...pair, room };
  }

  /** Two people whom nobody knows yet. */
  async strangers(name: string): Promise<Pair> {
    return { blocked: await this.person(name), like: await this.person(`${name}-like`) };
  }

  async block(jid: string): Promise<void> {
    await this.alice.ask(`block xmpp ${jid}`, /is blocked/);
  }

  ghostOf({ jid }: XmppUser): string {
    return this.stack.ghostOf(jid);
  }

  /** The room of a chat that a person begins with alice, which she has joined. */
  async chat(from: XmppUser, text: string, { user, jid } = this.alice): Promise<string> {
    await from.sendText(jid, text);
    const ghost = this.ghostOf(from);
    const isNew = ({ inviter, roomId }: { readonly inviter: string; readonly roomId: string }): boolean =>
      inviter === ghost && !this.#rooms.has(roomId);
    const { roomId } = await user.waitForInvite(isNew, patience);
    this.#rooms.add(roomId);
    await user.join(roomId);
    await user.waitForText(roomId, text, patience);
    return roomId;
  }

  /** The room of a group that alice joins. */
  async group(address: string): Promise<string> {
    const { user, ask } = this.alice;
    await ask(`join xmpp ${address}`, /You are in the group/);
    const { roomId } = await user.waitForInvite(
      ({ isDirect, roomId: room }) => !isDirect && !this.#rooms.has(room),
      patience,
    );
    this.#rooms.add(roomId);
    await user.join(roomId);
    return roomId;
  }

  /** Lets one way be tried, and notes whether anything came of it, and whether both saw the same. */
  async way(name: string, { blocked, like }: Pair, act: Act, options: WayOptions = {}): Promise<void> {
    const { target = this.silent, allowed = [], incomparable } = options;
    const before = { blocked: seenBy(blocked, this.alice.jid).length, like: seenBy(like, target).length };
    const mark = this.watch.mark();
    const faults: string[] = [];
    const shapes = (): readonly [readonly string[], readonly string[]] => [
      seenBy(blocked, this.alice.jid).slice(before.blocked),
      seenBy(like, target).slice(before.like),
    ];
    try {
      await Promise.all([act(blocked, this.alice.jid), act(like, target)]);
      await this.barrier();
      if (incomparable === undefined) await this.#alike(shapes);
      await sleep(quietMs);
    } catch (error) {
      faults.push(`could not be tried: ${String(error).slice(0, 300)}`);
    }
    const [mine, theirs] = shapes();
    if (incomparable === undefined && JSON.stringify(mine) !== JSON.stringify(theirs))
      faults.push(`sees ${mine.join('; ') || 'nothing'} where others see ${theirs.join('; ') || 'nothing'}`);
    const friends = new Set([...allowed, ...(target === this.alice.jid ? [this.ghostOf(like)] : [])]);
    faults.push(...this.#through(mark, friends));
    const seen = incomparable ?? `sees ${mine.length === 0 ? 'nothing' : summary(mine)}, as others do`;
    this.#add(guarantee(name, faults, seen));
  }

  /** Several ways, of which one that cannot be prepared ends the rest, and is told of. */
  async several(name: string, ways: (stage: BlockStage) => Promise<readonly XmppUser[]>): Promise<void> {
    const mark = this.watch.mark();
    try {
      await this.#late(name, await ways(this), mark);
    } catch (error) {
      this.#add(
        guarantee(`all ways of ${name}`, [`could not be prepared: ${String(error).slice(0, 500)}`], ''),
      );
    }
  }

  /** What is done to alice by who is not blocked has to be seen, or nothing that is not seen means anything. */
  async control(person: XmppUser, act: Act, wanted: readonly RegExp[]): Promise<void> {
    const mark = this.watch.mark();
    await act(person, this.alice.jid);
    const ghost = this.ghostOf(person);
    const missing = (): readonly RegExp[] => {
      const seen = this.watch.since(mark).filter(({ by }) => by === ghost);
      return wanted.filter((pattern) => !seen.some(({ what }) => pattern.test(what)));
    };
    await eventually('all of it', () => (missing().length === 0 ? true : undefined), 15_000).catch(
      () => undefined,
    );
    const faults = missing().map((pattern) => `nothing like ${String(pattern)} was seen`);
    this.#add(
      guarantee(
        'the same of somebody who is not blocked does come through',
        faults,
        `${wanted.length} kinds`,
      ),
    );
  }

  /** Resolves once what the friend says now is there: what was said before, by whomever, is handled by then or shortly. */
  async barrier(): Promise<void> {
    const friend = this.#friend;
    if (friend === undefined) throw new Error('there is no friend');
    const text = `barrier ${(this.#barriers += 1)}`;
    await friend.user.sendText(this.alice.jid, text);
    await this.alice.user.waitForText(friend.room, text, patience);
  }

  /** The friend begins anew, after alice's chats have ended. */
  async meetFriendAgain(): Promise<void> {
    const friend = this.#friend;
    if (friend !== undefined)
      friend.room = await this.chat(friend.user, `hello again ${(this.#barriers += 1)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#all.disposeAsync();
  }

  /** Nothing of people who are blocked came late either, between the ways; what they wrote before the block is known. */
  async #late(name: string, people: readonly XmppUser[], since: number): Promise<void> {
    await this.barrier();
    await sleep(1_500);
    const ghosts = new Set(people.map((person) => this.ghostOf(person)));
    const faults = this.watch
      .since(since)
      .filter(({ by, what }) => ghosts.has(by) && what.startsWith('m.room.message') && !this.#isKnown(what))
      .map(({ by, what }) => `${by}: ${what}`);
    this.#add(
      guarantee(`nothing of theirs came later either (${name})`, faults, `${ghosts.size} people looked for`),
    );
  }

  /** What people say while they are not blocked yet is said by these words. */
  #isKnown(what: string): boolean {
    return /"(hello|said before|you do not know me|let in again)/.test(what);
  }

  /** What the bot does in rooms at its start, whoever writes. */
  #isUpkeep(by: string, what: string): boolean {
    const upkeep =
      /^(a receipt|m\.room\.(canonical_alias|join_rules)|m\.bridge|uk\.half-shot\.bridge|com\.beeper\.)/;
    return by === this.stack.botUserId && upkeep.test(what);
  }

  #through(mark: number, friends: ReadonlySet<string>): readonly string[] {
    const friend = this.#friend === undefined ? '' : this.ghostOf(this.#friend.user);
    return this.watch
      .since(mark)
      .filter(({ by, what }) => by !== friend && !friends.has(by) && !this.#isUpkeep(by, what))
      .map(({ by, what }) => `came through by ${by}: ${what}`);
  }

  async #alike(shapes: () => readonly [readonly string[], readonly string[]]): Promise<void> {
    const same = (): true | undefined => {
      const [mine, theirs] = shapes();
      return JSON.stringify(mine) === JSON.stringify(theirs) || undefined;
    };
    // What differs is told of by who asked.
    await eventually('the same', same, 6_000).catch(() => undefined);
  }

  async #meetFriend(): Promise<void> {
    const user = await this.person('friend');
    this.#friend = { user, room: await this.chat(user, 'hello from a friend') };
  }

  #add(way: Guarantee): void {
    this.ways.push(way);
    this.#report(
      `${way.ok ? 'held  ' : 'BROKEN'} ${way.name}: ${way.figures}${way.ok ? '' : ` — ${way.faults.join(' | ')}`}`,
    );
  }
}

/** Shapes without their namespaces, those that repeat once. */
function summary(shapes: readonly string[]): string {
  const short = shapes.map((shape) => shape.replace(/ [^ ,\]]+(?=[,\]])/g, '').replace(/ +/g, ' '));
  const counts = Map.groupBy(short, (shape) => shape);
  return [...counts].map(([shape, all]) => (all.length === 1 ? shape : `${all.length} ${shape}`)).join(', ');
}
