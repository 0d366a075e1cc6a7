import assert from 'node:assert/strict';
import type { EventOf, Target, UnresolvedEvent } from '../../src/core/event.ts';
import {
  matrixEventId,
  networkId,
  portalId,
  remoteChatId,
  remoteMessageId,
  roomId,
} from '../../src/core/ids.ts';
import type { Media } from '../../src/core/media.ts';
import type { Handled, RunningNetwork } from '../../src/core/network.ts';
import type { DirectPortal } from '../../src/core/portal.ts';
import type { Login } from '../../src/interop/enlistment/login.ts';
import { alice, bobId, type WhatsappScene } from './whatsapp-scene.ts';

export const patience = 5_000;

export const portal: DirectPortal = {
  kind: 'direct',
  id: portalId('p1'),
  key: { network: networkId('whatsapp'), chat: remoteChatId('4242'), receiver: alice },
  remote: bobId,
  room: roomId('!one:example.org'),
};

/** Alice enables the network; resolves with her account. */
export function enabled(scene: WhatsappScene): Promise<Login> {
  scene.sink.on = [alice];
  scene.network.reachChanged?.(alice);
  return scene.login();
}

/** Until it is so. */
export async function until(what: () => boolean | Promise<boolean>, ms = patience): Promise<void> {
  const end = performance.now() + ms;
  while (!(await what())) {
    if (performance.now() > end) throw new Error(`not so in time: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What the next arrivals are, opened; those that were seen before are passed over. */
export class Opened {
  readonly #scene: WhatsappScene;
  #seen = 0;

  constructor(scene: WhatsappScene) {
    this.#scene = scene;
  }

  /** The next that is an event. */
  async next<K extends UnresolvedEvent['kind']>(
    kind: K,
  ): Promise<Extract<UnresolvedEvent, { readonly kind: K }>> {
    const { sink, network } = this.#scene;
    await until(() => sink.arrivals.all.length > this.#seen);
    const arrival = sink.arrivals.all[this.#seen];
    this.#seen += 1;
    assert.ok(arrival !== undefined);
    const opened = network.open(arrival, `cause ${String(this.#seen)}`);
    assert.ok(opened.kind === 'event', JSON.stringify(opened));
    const { event } = opened;
    assert.equal(event.kind, kind);
    return event as Extract<UnresolvedEvent, { readonly kind: K }>;
  }
}

/** What every event of Alice's has. */
function envelope(cause: string) {
  const eventId = matrixEventId(cause);
  const sender = { in: 'matrix', userId: alice } as const;
  return { cause, at: Date.now(), sender, name: { in: 'matrix', eventId } as const };
}

export function textEvent(
  text: string,
  cause: string,
  more: Partial<EventOf<'message'>> = {},
): EventOf<'message'> {
  return {
    ...envelope(cause),
    kind: 'message',
    content: { kind: 'text', style: 'normal', text: { plain: text, html: undefined } },
    ...{ mentions: { users: [], room: false }, replyTo: undefined, thread: undefined },
    ...more,
  };
}

export function mediaEvent(media: Media, cause: string, caption?: string): EventOf<'message'> {
  const words = caption === undefined ? undefined : { plain: caption, html: undefined };
  return { ...textEvent('', cause), content: { kind: 'media', media, caption: words } };
}

/** A message that went from Matrix, or came from WhatsApp, as later events mean it. */
export function target(id: string, author: 'alice' | 'bob', cause = '$target'): Target {
  return {
    eventIds: [matrixEventId(cause)],
    messageIds: [remoteMessageId(id)],
    author: author === 'alice' ? { in: 'matrix', userId: alice } : { in: 'remote', userId: bobId },
  };
}

export function reactionEvent(to: Target, emojis: readonly string[], cause: string): EventOf<'reaction'> {
  const reactions = { emojis, previous: [], previousEvents: new Map() };
  return { ...envelope(cause), kind: 'reaction', target: to, reactions };
}

export function editEvent(to: Target, text: string, cause: string): EventOf<'edit'> {
  const { content, mentions } = textEvent(text, cause);
  return { ...envelope(cause), kind: 'edit', target: to, content, mentions };
}

export function redactionEvent(to: Target, cause: string): EventOf<'redaction'> {
  return { ...envelope(cause), kind: 'redaction', target: to };
}

export function readEvent(to: Target, cause: string): EventOf<'receipt'> {
  return { ...envelope(cause), kind: 'receipt', receipt: 'read', target: to };
}

export function typingEvent(typing: boolean, cause: string): EventOf<'typing'> {
  return { ...envelope(cause), name: undefined, kind: 'typing', typing };
}

type Event = EventOf<'message' | 'edit' | 'reaction' | 'redaction' | 'receipt' | 'typing'>;

/** Hands an event to its handler. */
export async function handle(network: RunningNetwork, event: Event): Promise<Handled> {
  const signal = AbortSignal.timeout(patience);
  const { handlers } = network;
  switch (event.kind) {
    case 'message':
      return called(handlers.message)(event, portal, signal);
    case 'edit':
      return called(handlers.edit)(event, portal, signal);
    case 'reaction':
      return called(handlers.reaction)(event, portal, signal);
    case 'redaction':
      return called(handlers.redaction)(event, portal, signal);
    case 'receipt':
      return called(handlers.receipt)(event, portal, signal);
    case 'typing':
      return called(handlers.typing)(event, portal, signal);
  }
}

function called<T>(handler: T | undefined): T {
  assert.ok(handler !== undefined);
  return handler;
}

/** Says something; answers its name on the network. */
export async function say(scene: WhatsappScene, text: string, cause: string): Promise<string> {
  const handled = await handle(scene.network, textEvent(text, cause));
  assert.ok(handled.kind === 'sent', JSON.stringify(handled));
  return handled.messageIds[0] ?? assert.fail('it has no name');
}
