import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { PartnerUser } from '../../../../examples/partner-app/user.ts';
import { noMentions, type BridgeEvent, type UnresolvedEvent } from '../../../../src/core/event.ts';
import { openBytes } from '../../../../src/core/inline-media.ts';
import { remoteUserId } from '../../../../src/core/ids.ts';
import type { Media, MediaKind } from '../../../../src/core/media.ts';
import type { Handled } from '../../../../src/core/network.ts';
import type { DirectPortal } from '../../../../src/core/portal.ts';
import { eventually, seesText } from '../../../conformance/eventually.ts';
import { PartnerChat } from '../../../conformance/partner-chat.ts';
import { gathered } from '../../../support/byte-streams.ts';
import { audience } from '../../../support/host-scene.ts';
import { providerOnLoopback } from '../../../support/partner-provider.ts';
import { fast } from '../../../support/partner-user-times.ts';
import { openDoors, type OpenDoors } from '../../../support/real-partner.ts';
import { alice, from, message, portalTo, targetOf, words } from '../../../support/third-party-scene.ts';

const patience = 10_000;

interface Acquainted {
  readonly doors: OpenDoors;
  readonly app: PartnerUser;
  readonly chat: PartnerChat;
  readonly portal: DirectPortal;
}

/** The network with its doors open, and a user of the partner app who is enlisted and connected. */
async function acquainted(stack: AsyncDisposableStack): Promise<Acquainted> {
  const provider = await providerOnLoopback(stack);
  const { jwksUrl: jwks_url, url: push_url, mediaUrl: media_url } = provider;
  const doors = stack.use(await openDoors({ provider: { issuer: 'bird', jwks_url, push_url, media_url } }));
  const root = await doors.made().host.root();
  provider.meet({
    ...{ enlist_url: doors.url(), media_url: doors.url(), audience },
    chat_url: `tcp://127.0.0.1:${doors.made().host.port() ?? 0}`,
    push_jwks_url: `${doors.url()}/.well-known/oauth/openid/jwks`,
    roots: [{ serial: root.serial, key: Buffer.from(root.key).toString('base64') }],
  });
  const app = stack.use(new PartnerUser(provider, 'anna@bird.example', fast));
  const enlisted = await app.enlist();
  assert.ok(enlisted.kind === 'enlisted', JSON.stringify(enlisted));
  assert.deepEqual(await app.connect(), { kind: 'up' });
  const found = await app.lookUp(alice);
  assert.ok(!('reason' in found), JSON.stringify(found));
  const { integrator, user } = enlisted.login;
  const portal = portalTo(remoteUserId(`${integrator}-${user}`));
  return { doors, app, chat: new PartnerChat(app, alice), portal };
}

async function handle({ doors, portal }: Acquainted, event: BridgeEvent): Promise<Handled> {
  const handler = doors.running().handlers[event.kind] as
    ((event: BridgeEvent, portal: DirectPortal, signal: AbortSignal) => Promise<Handled>) | undefined;
  return (await handler?.(event, portal, AbortSignal.timeout(patience))) ?? assert.fail(event.kind);
}

async function sent(on: Acquainted, event: BridgeEvent): Promise<string> {
  const handled = await handle(on, event);
  assert.ok(handled.kind === 'sent', JSON.stringify(handled));
  return handled.messageIds[0] ?? '';
}

/** What has come in, without identities. */
function heard({ doors }: Acquainted): readonly UnresolvedEvent[] {
  return doors.sink.arrivals.all.flatMap((arrival) => {
    const opened = doors.running().open(arrival, arrival.outerId);
    return opened.kind === 'event' && opened.event.kind !== 'identity-change' ? [opened.event] : [];
  });
}

async function hears<K extends UnresolvedEvent['kind']>(
  on: Acquainted,
  kind: K,
): Promise<Extract<UnresolvedEvent, { readonly kind: K }>> {
  const found = await eventually(kind, () => heard(on).find((event) => event.kind === kind));
  return found as Extract<UnresolvedEvent, { readonly kind: K }>;
}

function mediaOf(kind: MediaKind, mimetype: string, bytes: Uint8Array): Media {
  return {
    ...{ kind, name: `a.${kind}`, mimetype, size: bytes.byteLength, width: undefined, height: undefined },
    ...{ duration: undefined, waveform: undefined, blurhash: undefined, thumbnail: undefined },
    open: openBytes(bytes, mimetype),
  };
}

describe('the partner app and a homeserver user', () => {
  it('say, answer, change, react and take back, both ways', async () => {
    await using stack = new AsyncDisposableStack();
    const on = await acquainted(stack);
    const { chat, portal } = on;
    const mine = await sent(on, message(words('hello *Anna*', 'hello <strong>Anna</strong>')));
    assert.deepEqual((await seesText(chat, 'hello *Anna*')).bold, ['Anna']);
    const theirs = await chat.reply(mine, 'hello Alice');
    const reply = await hears(on, 'message');
    assert.deepEqual(reply.replyTo, { in: 'remote', messageId: mine });
    assert.deepEqual(reply.name, { in: 'remote', messageId: theirs });
    await eventually('the receipt', () => chat.isDelivered(theirs) || undefined);

    const target = targetOf(mine, { in: 'matrix', userId: alice });
    await sent(on, { ...from(), kind: 'edit', target, content: words('hallo'), mentions: noMentions });
    const answered = targetOf(theirs, { in: 'remote', userId: portal.remote });
    const reactions = { emojis: ['👍'], previous: [], previousEvents: new Map() };
    await sent(on, { ...from(), kind: 'reaction', target: answered, reactions });
    await sent(on, { ...from(), kind: 'redaction', target });
    await eventually('the retraction', () => chat.seen().find(({ kind }) => kind === 'retraction'));
    assert.deepEqual(chat.seen().slice(1), [
      { kind: 'edit', target: mine, text: 'hallo' },
      { kind: 'reactions', target: theirs, emojis: ['👍'] },
      { kind: 'retraction', target: mine },
    ]);

    await chat.edit(theirs, 'hello again');
    await chat.react(mine, ['🎉']);
    await chat.retract(theirs);
    const retracted = await hears(on, 'redaction');
    assert.deepEqual(retracted.target, { in: 'remote', messageId: theirs });
    assert.deepEqual((await hears(on, 'reaction')).reactions, { op: 'set', emojis: ['🎉'] });
    assert.deepEqual((await hears(on, 'edit')).target, { in: 'remote', messageId: theirs });
  });

  it('send files to each other, of every kind', async () => {
    await using stack = new AsyncDisposableStack();
    const on = await acquainted(stack);
    const kinds = [
      ['image', 'image/jpeg'],
      ['video', 'video/mp4'],
      ['audio', 'audio/mpeg'],
      ['voice', 'audio/ogg'],
      ['file', 'application/zip'],
    ] as const;
    for (const [kind, mimetype] of kinds) {
      const bytes = randomBytes(20_000);
      const id = await sent(
        on,
        message({ kind: 'media', media: mediaOf(kind, mimetype, bytes), caption: undefined }),
      );
      const seen = await eventually(kind, () =>
        on.chat.seen().find((one) => one.kind === 'file' && one.id === id),
      );
      assert.ok(seen.kind === 'file' && seen.image === (kind === 'image'));
      assert.ok(bytes.equals(await seen.load()), kind);

      const back = await on.chat.sendMedia({ sort: kind, name: `b.${kind}`, type: mimetype, bytes });
      const event = await eventually(`${kind} back`, () =>
        heard(on).find(({ name }) => name?.in === 'remote' && name.messageId === back),
      );
      assert.ok(event.kind === 'message' && event.content.kind === 'media', JSON.stringify(event));
      assert.equal(event.content.media.kind, kind);
      const open = await event.content.media.open(AbortSignal.timeout(patience));
      assert.ok(open.kind === 'open', JSON.stringify(open));
      assert.ok(bytes.equals(await gathered(open.stream)), `${kind} back`);
      if (kind === 'audio' || kind === 'voice') continue;
      await on.chat.edit(back, `caption of ${kind}`);
      const edit = await eventually(`the caption of ${kind}`, () =>
        heard(on).find(
          (one) => one.kind === 'edit' && one.target.in === 'remote' && one.target.messageId === back,
        ),
      );
      assert.ok(edit.kind === 'edit' && edit.content.kind === 'media', JSON.stringify(edit));
      assert.equal(edit.content.caption?.plain, `caption of ${kind}`);
    }
  });

  it('tell each other that they write and have read, and of what went no further', async () => {
    await using stack = new AsyncDisposableStack();
    const on = await acquainted(stack);
    const { app, chat, doors, portal } = on;
    const id = await chat.say('hello');
    await hears(on, 'message');
    const typing = app.waitFor('typing', ({ state }) => state === 'composing');
    await handle(on, { ...from(), kind: 'typing', typing: true });
    await typing;
    const target = targetOf(id, { in: 'remote', userId: portal.remote });
    await handle(on, { ...from(), kind: 'receipt', receipt: 'read', target });
    await app.waitFor('receipt', ({ about, of }) => about === 'read' && of === id);
    const { address } = chat;
    await app.typing(address, 'composing');
    await doors.sink.signals.waitFor(({ event }) => event.kind === 'typing' && event.typing, patience);
    const mine = await sent(on, message(words('hello Anna')));
    await seesText(chat, 'hello Anna');
    await app.markRead(address, [mine]);
    await doors.sink.signals.waitFor(
      ({ event }) =>
        event.kind === 'receipt' &&
        event.receipt === 'read' &&
        event.target.in === 'remote' &&
        event.target.messageId === mine,
      patience,
    );
    const arrival = doors.sink.arrivals.all.find(({ outerId }) => outerId.startsWith('message'));
    await doors.running().refuse?.(arrival ?? assert.fail(), { kind: 'failed', reason: 'no-portal' });
    await eventually('the refusal', () => chat.isRefused(id) || undefined);
    doors.sink.who = () => 'no-such-user';
    const lost = await chat.say('are you there?');
    await eventually('what an unknown user gets', () => chat.isRefused(lost) || undefined);
  });

  it('are kept apart by a block, which the sender learns nothing of', async () => {
    await using stack = new AsyncDisposableStack();
    const on = await acquainted(stack);
    await sent(on, message(words('hello Anna')));
    await seesText(on.chat, 'hello Anna');
    const { address } = on.chat;
    assert.deepEqual(await on.app.block(address, true), { kind: 'done' });
    assert.deepEqual(await on.app.blocked(), [address]);
    const blocked = await handle(on, message(words('and?')));
    assert.ok(blocked.kind === 'failed' && blocked.reason === 'user-unavailable', JSON.stringify(blocked));
    await on.app.block(address, false);
    await sent(on, message(words('and now?')));
    await seesText(on.chat, 'and now?');
  });
});
