import {
  matrixEventId,
  matrixUserId,
  networkId,
  portalId,
  remoteChatId,
  remoteMessageId,
  remoteUserId,
  roomId,
} from '../../../../src/core/ids.ts';
import { noMentions, type BridgeEvent, type EventOf, type Target } from '../../../../src/core/event.ts';
import type {
  Arrival,
  EventSink,
  Handled,
  Health,
  JoinedGroup,
  Reachable,
  RunningNetwork,
} from '../../../../src/core/network.ts';
import type { DirectPortal } from '../../../../src/core/portal.ts';
import type { Log } from '../../../../src/core/task.ts';
import {
  loopback,
  loopbackConfig,
  LoopbackWorld,
  type WorldOptions,
} from '../../../../src/networks/loopback/index.ts';

export const alice = matrixUserId('@alice:hs');
export const bob = remoteUserId('bob');

export const portal: DirectPortal = {
  kind: 'direct',
  id: portalId('portal-1'),
  key: { network: networkId('loopback'), chat: remoteChatId('bob'), receiver: alice },
  remote: bob,
  room: roomId('!room:hs'),
};

/** Keeps what it is given in memory, once each; `broken` makes keeping fail. */
export class FakeSink implements EventSink {
  readonly kept: Arrival[] = [];
  readonly offered: string[] = [];
  readonly health: Health[] = [];
  broken = false;
  known: (user: string) => Promise<Reachable> = () => Promise.resolve('yes');

  async receive(arrival: Arrival): Promise<'kept' | 'known'> {
    this.offered.push(arrival.outerId);
    if (this.broken) throw new Error('the disk is full');
    if (this.kept.some((one) => one.outerId === arrival.outerId)) return 'known';
    this.kept.push(arrival);
    return 'kept';
  }

  reachable(user: string): Promise<Reachable> {
    return this.known(user);
  }

  async displayName(): Promise<undefined> {
    return undefined;
  }

  signal(): void {
    return;
  }

  async groups(): Promise<readonly JoinedGroup[]> {
    return [];
  }

  reached(): void {
    return;
  }

  async avatar(): Promise<undefined> {
    return undefined;
  }

  profileChanged(): void {
    return;
  }

  linkChanged(health: Health): void {
    this.health.push(health);
  }
}

/** A log that keeps what went wrong. */
export class FakeLog implements Log {
  readonly errors: unknown[] = [];
  debug(): void {
    return;
  }
  info(): void {
    return;
  }
  warn(): void {
    return;
  }
  error(fields: Readonly<Record<string, unknown>>): void {
    this.errors.push(fields);
  }
}

export interface Joined extends AsyncDisposable {
  readonly world: LoopbackWorld;
  readonly sink: FakeSink;
  readonly log: FakeLog;
  readonly network: RunningNetwork;
}

/** A world with a bridge's end joined to it; a world of before may be given. */
export async function join(
  options: WorldOptions = {},
  world: LoopbackWorld = new LoopbackWorld({ name: 'w', ...options }),
  limits: { readonly maxTextBytes?: number; readonly maxMediaBytes?: number } = {},
): Promise<Joined> {
  const sink = new FakeSink();
  const log = new FakeLog();
  const config = loopbackConfig.parse(limits);
  const network = await loopback({ config, world, log }).start(sink, new AbortController().signal);
  await turn();
  return { world, sink, log, network, [Symbol.asyncDispose]: () => network[Symbol.asyncDispose]() };
}

/** Lets everything run that needs no timer. */
export async function turn(): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    setImmediate(() => resolve(undefined));
    await promise;
  }
}

/** A message of Alice's. */
export function message(
  cause: string,
  text: string,
  more: Partial<EventOf<'message'>> = {},
): EventOf<'message'> {
  return {
    kind: 'message',
    cause,
    sender: { in: 'matrix', userId: alice },
    name: { in: 'matrix', eventId: matrixEventId(`$${cause}`) },
    at: 1_000,
    content: { kind: 'text', style: 'normal', text: { plain: text, html: undefined } },
    mentions: noMentions,
    replyTo: undefined,
    thread: undefined,
    ...more,
  };
}

/** A message that the bridge knows by this name in the world. */
export function target(messageId: string): Target {
  return {
    eventIds: [matrixEventId('$known')],
    messageIds: [remoteMessageId(messageId)],
    author: { in: 'remote', userId: bob },
  };
}

/** Hands an event to the handler of its kind. */
export async function handle(
  network: RunningNetwork,
  event: BridgeEvent,
  signal: AbortSignal = AbortSignal.timeout(5_000),
): Promise<Handled> {
  switch (event.kind) {
    case 'message':
      return call(network.handlers.message?.(event, portal, signal));
    case 'edit':
      return call(network.handlers.edit?.(event, portal, signal));
    case 'reaction':
      return call(network.handlers.reaction?.(event, portal, signal));
    case 'redaction':
      return call(network.handlers.redaction?.(event, portal, signal));
    case 'moderation':
      return call(network.handlers.moderation?.(event, portal, signal));
    case 'vote':
      return call(network.handlers.vote?.(event, portal, signal));
    case 'poll-end':
      return call(network.handlers['poll-end']?.(event, portal, signal));
    case 'receipt':
      return call(network.handlers.receipt?.(event, portal, signal));
    case 'call':
      return call(network.handlers.call?.(event, portal, signal));
    case 'timer':
      return call(network.handlers.timer?.(event, portal, signal));
    case 'identity-change':
      return call(network.handlers['identity-change']?.(event, portal, signal));
    case 'membership':
      return call(network.handlers.membership?.(event, portal, signal));
    case 'chat-info':
      return call(network.handlers['chat-info']?.(event, portal, signal));
    case 'typing':
    case 'presence':
      throw new Error(`no content: ${event.kind}`);
  }
}

async function call(answer: Promise<Handled> | undefined): Promise<Handled> {
  return (await answer) ?? { kind: 'unsupported', reason: 'no-handler' };
}
