import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MatrixChat } from '../../test/conformance/matrix-chat.ts';
import { eventually } from '../../test/conformance/eventually.ts';
import { freePort } from '../../test/support/free-port.ts';
import { MatrixGuest } from '../../test/support/matrix-guest.ts';
import { startNetworkStack, type NetworkStack } from '../../test/support/network-stack.ts';
import { makeRunDir } from '../../test/support/run-dir.ts';
import { Random } from './random.ts';
import type { ThirdPartyReport } from './thirdparty.ts';
import { kinds } from './thirdparty/kinds.ts';
import { labelOf, playAll, show, type Scenario, type WayName } from './thirdparty/scenario.ts';
import { inOrder, isAbsent, patienceMs, saw } from './thirdparty/stage.ts';

const integrator = 77;

/** One person at her or his homeserver, in the chat with the other. */
interface End {
  readonly stack: NetworkStack;
  readonly guest: MatrixGuest;
  readonly chat: MatrixChat;
  readonly ghost: string;
}

/** Two homeservers, each with a bridge of its own: A is a partner of what B offers to third-party apps. */
class Stage implements AsyncDisposable {
  readonly a: NetworkStack;
  readonly b: NetworkStack;
  readonly random: Random;
  readonly #open: AsyncDisposableStack;
  #ends: Promise<{ readonly a: End; readonly b: End }> | undefined;
  #marks = 0;

  private constructor(a: NetworkStack, b: NetworkStack, random: Random, open: AsyncDisposableStack) {
    this.random = random;
    this.a = a;
    this.b = b;
    this.#open = open;
  }

  static async open(dir: string, seed: number): Promise<Stage> {
    await using open = new AsyncDisposableStack();
    const [hostPort, chatPort, partnerPort] = [await freePort(), await freePort(), await freePort()];
    const [hostUrl, partnerUrl] = [`http://127.0.0.1:${hostPort}`, `http://127.0.0.1:${partnerPort}`];
    const trusted = { trusted_hosts: ['127.0.0.1'] };
    const secret = { http: { provisioning: { secret: randomBytes(16).toString('hex') } } };
    const b = open.use(
      await startNetworkStack({
        ...{ dir: join(dir, 'b'), serverName: 'b.example' },
        networks: {
          thirdparty: {
            ...{ listen: { host: '127.0.0.1', port: hostPort }, public_url: hostUrl },
            chat: { host: '127.0.0.1', port: chatPort },
            providers: [
              {
                ...{ id: integrator, name: 'bridge-a', domain: 'a.example', identifier: 'email' },
                ...{ issuer: partnerUrl, jwks_url: `${partnerUrl}/.well-known/oauth/openid/jwks` },
                ...{ push_url: `${partnerUrl}/whatsapp`, media_url: `${partnerUrl}/whatsapp/media` },
                ...trusted,
              },
            ],
          },
        },
        config: { reach: { thirdparty: { opt_in: 'required' } }, ...secret },
      }),
    );
    const facts = (await (await fetch(`${hostUrl}/.well-known/third-party-chats`)).json()) as HostSays;
    const a = open.use(
      await startNetworkStack({
        ...{ dir: join(dir, 'a'), serverName: 'a.example' },
        networks: {
          whatsapp: {
            ...{ listen: { host: '127.0.0.1', port: partnerPort }, public_url: partnerUrl, integrator },
            ...{ audience: facts.audience, enlist_url: facts.enlist_url, media_url: facts.media_url },
            ...{ chat_url: `tcp://127.0.0.1:${chatPort}`, push_jwks_url: facts.push_jwks_url },
            roots: facts.roots.map(({ serial, key }) => ({
              serial,
              key: Buffer.from(key, 'base64').toString('hex'),
            })),
            ...{ custody: 'self', ...trusted },
          },
        },
        config: { reach: { whatsapp: { opt_in: 'required' } }, ...secret },
      }),
    );
    return new Stage(a, b, new Random(seed), open.move());
  }

  mark(what: string): string {
    return `${what}-${(this.#marks += 1)}x`;
  }

  /** Alice of A opens a chat with Bob of B, by his Matrix ID; Bob accepts her. */
  ends(): Promise<{ readonly a: End; readonly b: End }> {
    return (this.#ends ??= this.#meet());
  }

  async #meet(): Promise<{ readonly a: End; readonly b: End }> {
    const bob = await MatrixGuest.meet(await this.b.matrixUser('bob'), this.b.botUserId);
    await bob.ask('enable thirdparty', /You can be reached on thirdparty now/);
    const alice = await MatrixGuest.meet(await this.a.matrixUser('alice'), this.a.botUserId);
    await alice.ask('enable whatsapp', /You can be reached on whatsapp now/);
    await alice.line(/has taken you in: people there can reach you as/, 0, patienceMs);
    await alice.ask('start whatsapp @bob:b.example', /is open/);
    const a = await endOf(this.a, alice, '@_whatsapp_');
    const hello = this.mark('hello');
    await a.chat.say(hello);
    const { id } = await bob.line(/^Request \d+: .*not verified/, 0, patienceMs);
    await bob.user.react(bob.management, id, '✅');
    const b = await endOf(this.b, bob, '@_thirdparty_');
    await saw(b.chat, hello);
    return { a, b };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#open.disposeAsync();
  }
}

interface HostSays {
  readonly enlist_url: string;
  readonly media_url: string;
  readonly audience: string;
  readonly push_jwks_url: string;
  readonly roots: readonly { readonly serial: number; readonly key: string }[];
}

async function endOf(stack: NetworkStack, guest: MatrixGuest, ghosts: string): Promise<End> {
  const { roomId, inviter } = await guest.user.waitForInvite(
    (invite) => invite.inviter.startsWith(ghosts),
    patienceMs,
  );
  await guest.user.join(roomId);
  return { stack, guest, ghost: inviter, chat: new MatrixChat(guest.user, roomId, inviter) };
}

/** Plays everything between the two homeservers; prints a line for each. */
export async function verifyBackToBack(filter: string, seed: number): Promise<ThirdPartyReport> {
  await using dir = await makeRunDir('verify');
  console.log(`back-to-back, seed ${seed}, in ${dir.path}`);
  await using stage = await Stage.open(dir.path, seed);
  const parts = filter.split('|');
  const wanted = scenariosOf(stage).filter((one) => parts.some((part) => labelOf(one).includes(part)));
  const lines = await playAll(wanted, show);
  const held = lines.filter(({ ok }) => ok).length;
  console.log(`${held} of ${lines.length} held`);
  return { ok: lines.length > 0 && held === lines.length, held, lines };
}

function scenariosOf(stage: Stage): readonly Scenario[] {
  const mark = (what: string): string => stage.mark(what);
  const one = (name: string, way: WayName, play: (a: End, b: End) => Promise<void>): Scenario => ({
    ...{ part: 'back-to-back', name, way },
    play: async () => {
      const { a, b } = await stage.ends();
      await play(a, b);
    },
  });
  return [
    one('enable, start by Matrix ID, and a request that is accepted', 'both ways', async () => undefined),
    ...kinds.flatMap(([name, play]) => [
      one(name, 'A to B', ({ chat: from }, { chat: to }) => play({ name: 'A to B', from, to, mark })),
      one(name, 'B to A', ({ chat: to }, { chat: from }) => play({ name: 'B to A', from, to, mark })),
    ]),
    one('read receipt', 'A to B', (a, b) => read(stage, a, b)),
    one('read receipt', 'B to A', (a, b) => read(stage, b, a)),
    one('typing and its end', 'A to B', (a, b) => typing(a, b)),
    one('typing and its end', 'B to A', (a, b) => typing(b, a)),
    one('what is said while bridge A is away comes in order, once', 'B to A', (a, b) => away(stage, b, a)),
    one('what is said while bridge B is away comes in order, once', 'A to B', (a, b) => away(stage, a, b)),
    one('both bridges are killed by turns while both write: in order, once', 'both ways', (a, b) =>
      killed(stage, a, b),
    ),
    one('unlink: nobody reaches her any more, and he is told', 'both ways', (a, b) => unlinked(stage, a, b)),
  ];
}

/** `reader` reads what `writer` has said. */
async function read(stage: Stage, reader: End, writer: End): Promise<void> {
  const text = stage.mark('have you read it?');
  const own = await writer.chat.say(text);
  await reader.guest.user.markRead(reader.chat.roomId, await saw(reader.chat, text));
  const room = writer.guest.user.sdk.getRoom(writer.chat.roomId);
  await eventually(
    'that it is read',
    () => room?.getReadReceiptForUserId(writer.ghost, true)?.eventId === own || undefined,
    patienceMs,
  );
}

async function typing(from: End, to: End): Promise<void> {
  const typed = (): boolean | undefined =>
    to.guest.user.sdk.getRoom(to.chat.roomId)?.getMember(to.ghost)?.typing;
  await from.guest.user.setTyping(from.chat.roomId, true);
  await eventually('that somebody writes', () => typed() === true || undefined, patienceMs);
  await from.guest.user.setTyping(from.chat.roomId, false);
  await eventually('that nobody writes', () => typed() === false || undefined, patienceMs);
}

async function away(stage: Stage, from: End, to: End): Promise<void> {
  const texts = Array.from({ length: 10 }, (_, at) => stage.mark(`away-${at}`));
  await to.stack.bridge.kill();
  try {
    for (const text of texts) await from.chat.say(text);
    await sleep(1_000);
  } finally {
    await to.stack.bridge.start();
    await to.stack.bridge.untilReady(patienceMs);
  }
  await inOrder(to.chat, texts);
  const back = stage.mark('back');
  await to.chat.say(back);
  await saw(from.chat, back);
}

/** Each bridge is killed so often, at random moments. */
const kills = 5;
const longestLifeMs = 6_000;
const mostMs = 1_200;

async function killed(stage: Stage, a: End, b: End): Promise<void> {
  const { random } = stage;
  const lives = Array.from({ length: 2 * kills }, () => random.between(0, longestLifeMs));
  const write = async ({ chat }: End, name: string): Promise<readonly string[]> => {
    const texts = Array.from({ length: 40 }, (_, at) => stage.mark(`${name}-${at}`));
    for (const text of texts) {
      await chat.say(text);
      await sleep(random.between(0, mostMs));
    }
    return texts;
  };
  const writing = Promise.all([write(a, 'from-a'), write(b, 'from-b')]);
  for (const [kill, life] of lives.entries()) {
    const { bridge } = (kill % 2 === 0 ? a : b).stack;
    await sleep(life);
    await bridge.kill();
    await bridge.start();
  }
  const [fromA, fromB] = await writing;
  await Promise.all([a, b].map(({ stack }) => stack.bridge.untilReady(patienceMs)));
  await Promise.all([inOrder(b.chat, fromA), inOrder(a.chat, fromB)]);
}

async function unlinked(stage: Stage, a: End, b: End): Promise<void> {
  const since = b.guest.lines().length;
  const answer = await a.guest.ask('unlink whatsapp', /unlink|deleted|logins|account/i);
  if (!answer.includes('has deleted your account'))
    await a.guest.line(/has deleted your account/, 0, patienceMs);
  await b.guest.line(/is not on .* any more/, since, patienceMs);
  const text = stage.mark('still there?');
  const id = await b.chat.say(text);
  await eventually('that it did not go over', () => b.chat.isRefused(id) || undefined, patienceMs);
  await isAbsent(a.chat, text);
}
