import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { sampleOf } from './content-samples.ts';
import { delivered, eventually, refused, sees } from './eventually.ts';
import { relationCases } from './relation-cases.ts';
import type {
  MediaSort,
  RichChat,
  RichFeature,
  RichPair,
  RichRig,
  RichSeenKind,
  RichSeenOf,
} from './rich-chat.ts';

/** One way across the bridge. */
export interface RichWay {
  readonly name: string;
  readonly from: () => RichChat;
  readonly to: () => RichChat;
  readonly native: (feature: RichFeature) => boolean;
  readonly maxTextBytes: () => number;
}

/** Everything that people send, each both ways. What a network has no form for is to arrive in words. */
export function contentCases(stage: { rig(): RichRig }): void {
  describe('content', () => {
    let known: RichPair | undefined;
    const pair = (): RichPair => {
      if (known === undefined) throw new Error('nobody has met');
      return known;
    };
    before(async () => {
      known = await stage.rig().richPair();
    });
    const shared = {
      native: (feature: RichFeature): boolean => stage.rig().native.has(feature),
      maxTextBytes: (): number => stage.rig().maxTextBytes,
    };
    const ways: readonly RichWay[] = [
      { name: 'to Matrix', from: () => pair().remoteChat, to: () => pair().matrixChat, ...shared },
      { name: 'to the network', from: () => pair().matrixChat, to: () => pair().remoteChat, ...shared },
    ];
    for (const way of ways) {
      describe(way.name, () => {
        styleCases(way);
        mediaCases(way);
        galleryCases(way);
        placeCases(way);
        pollCases(way);
        longCases(way);
        relationCases(way);
      });
    }
  });
}

/** The first of a kind that a person has seen, there already or to come, that passes the test. */
export function seesRich<K extends RichSeenKind>(
  chat: RichChat,
  kind: K,
  test: (seen: RichSeenOf<K>) => boolean,
  timeoutMs?: number,
): Promise<RichSeenOf<K>> {
  const isIt = (seen: { readonly kind: RichSeenKind }): seen is RichSeenOf<K> => seen.kind === kind;
  return eventually(
    `${kind} such as ${String(test)}`,
    () => chat.richSeen().filter(isIt).find(test),
    timeoutMs,
    () => `Seen last: ${JSON.stringify(chat.richSeen().slice(-8))}`,
  );
}

function styleCases({ name, from, to, native }: RichWay): void {
  for (const style of ['emote', 'notice'] as const) {
    it(`carries an ${style}`, async () => {
      await from().sayAs(style, `${style} ${name}`);
      const seen = await seesRich(to(), 'said', (one) => one.text === `${style} ${name}`);
      if (style === 'emote' || native('notice')) assert.equal(seen.style, style);
    });
  }

  it('carries a spoiler', async () => {
    await from().saySpoiler(`the end is bad ${name}`, 'bad');
    const seen = await seesRich(to(), 'said', (one) => one.text.startsWith('the end is'));
    if (native('spoiler')) assert.deepEqual(seen.spoilers, ['bad']);
  });

  it('carries code with its language', async () => {
    const code = `if (a < b) { way = '${name}'; }`;
    await from().sayCode(code, 'javascript');
    const seen = await seesRich(to(), 'said', (one) => one.text.includes(code));
    if (native('code'))
      assert.deepEqual(
        seen.code.map(({ language }) => language),
        ['javascript'],
      );
  });
}

function mediaCases({ name, from, to, native }: RichWay): void {
  const sorts: readonly MediaSort[] = ['image', 'video', 'audio', 'voice', 'sticker', 'contact', 'file'];
  for (const sort of sorts) {
    it(`carries a message of the kind ${sort}, with what is known of it`, async () => {
      const sample = sampleOf(sort, name.replaceAll(' ', '-'));
      const id = await from().sendMedia(sample);
      const seen = await seesRich(to(), 'media', (one) => one.name === sample.name);
      assert.ok(Buffer.from(await seen.load()).equals(Buffer.from(sample.bytes)));
      assert.equal(seen.caption, sample.caption);
      const isFeature = sort === 'voice' || sort === 'sticker' || sort === 'contact';
      if (!isFeature || native(sort)) assert.equal(seen.sort, sort);
      if (native('duration')) assert.equal(seen.duration, sample.duration);
      if (native('waveform')) assert.deepEqual(seen.waveform, sample.waveform);
      if (native('blurhash')) assert.equal(seen.blurhash, sample.blurhash);
      if (native('thumbnail') && sample.thumbnail !== undefined) {
        const small = await seen.loadThumbnail?.();
        assert.ok(small !== undefined && Buffer.from(small).equals(Buffer.from(sample.thumbnail.bytes)));
      }
      await delivered(from(), id);
    });
  }

  it('carries another caption of a file, and takes the file back', async () => {
    const sample = sampleOf('image', `edited-${name.replaceAll(' ', '-')}`);
    const id = await from().sendMedia(sample);
    const there = await seesRich(to(), 'media', (one) => one.name === sample.name);
    if (native('caption-edit')) {
      await from().editCaption(id, sample, `another caption ${name}`);
      const changed = await seesRich(to(), 'changed', (one) => one.text === `another caption ${name}`);
      assert.equal(changed.target, there.id);
    }
    await from().retract(id);
    await sees(to(), 'retraction', (seen) => seen.target === there.id);
  });

  it('tells the sender of a file that is too large, whatever its kind', async () => {
    const huge = { ...sampleOf('video', 'huge'), bytes: new Uint8Array(1_100_000) };
    await refused(from(), await from().sendMedia(huge));
  });
}

function galleryCases({ name, from, to, native }: RichWay): void {
  it('carries several files in one message, reactions to each of them, and takes them back', async () => {
    const tag = name.replaceAll(' ', '-');
    const sent = ['one', 'two', 'three'].map((number) => sampleOf('video', `${number}-${tag}`));
    const [first, second, third] = sent;
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    const id = await from().sendGallery([first, second, third], `all three ${name}`);
    const seen = await Promise.all(
      [first, second, third].map((item) => seesRich(to(), 'media', (one) => one.name === item.name)),
    );
    const order = to()
      .richSeen()
      .flatMap((one) =>
        one.kind === 'media' && sent.some((item) => item.name === one.name) ? [one.name] : [],
      );
    assert.deepEqual(order, [first.name, second.name, third.name]);
    const captions = (): number =>
      to()
        .richSeen()
        .filter((one) => JSON.stringify(one).includes(`all three ${name}`)).length;
    // Where it is a message of its own it comes after the files.
    await eventually('the caption', () => captions() > 0 || undefined);
    assert.equal(captions(), 1);
    const part = seen[1];
    assert.ok(part !== undefined);
    await to().react(part.id, ['👍']);
    const reacted = await sees(
      from(),
      'reactions',
      (one) => one.emojis.includes('👍') && one.target.startsWith(id),
    );
    if (native('gallery') && name === 'to Matrix') assert.equal(reacted.target, `${id}/2`);
    await to().react(part.id, []);
    await sees(from(), 'reactions', (one) => one.target === reacted.target && one.emojis.length === 0);
    await from().retract(id);
    for (const one of seen) await sees(to(), 'retraction', (gone) => gone.target === one.id);
  });
}

function placeCases({ name, from, to, native }: RichWay): void {
  it('carries a place', async () => {
    const place = { latitude: 52.516275, longitude: 13.377704, description: `the gate ${name}` };
    await from().sendPlace(place);
    if (native('location')) {
      const seen = await seesRich(to(), 'place', (one) => one.place.description === place.description);
      assert.deepEqual(seen.place, place);
    } else {
      await seesRich(to(), 'said', (one) => one.text.includes('geo:52.516275,13.377704'));
    }
  });
}

function pollCases({ name, from, to, native }: RichWay): void {
  const question = `tea or coffee, ${name}?`;
  const answers = ['tea', 'coffee', 'water'];

  it('carries a poll, choices in it by either person, and its end', async () => {
    const id = await from().askPoll(question, answers, 2);
    if (!native('poll')) {
      const said = await seesRich(to(), 'said', (one) => one.text.includes(question));
      for (const answer of answers) assert.ok(said.text.includes(answer));
      return;
    }
    const poll = await seesRich(to(), 'poll', (one) => one.question === question);
    assert.deepEqual([poll.answers, poll.maxSelections], [answers, 2]);
    const votes = (chat: RichChat, of: string): unknown =>
      chat.richSeen().flatMap((one) => (one.kind === 'vote' && one.poll === of ? [one.choices] : []));
    await to().vote(poll.id, ['tea', 'water']);
    await to().vote(poll.id, ['coffee']);
    await to().vote(poll.id, []);
    await seesRich(from(), 'vote', (one) => one.poll === id && one.choices.length === 0);
    assert.deepEqual(votes(from(), id), [['tea', 'water'], ['coffee'], []]);
    await from().vote(id, ['tea']);
    await seesRich(to(), 'vote', (one) => one.poll === poll.id && one.choices.includes('tea'));
    await from().endPoll(id);
    await seesRich(to(), 'poll-end', (one) => one.poll === poll.id);
  });
}

function longCases({ name, from, to, maxTextBytes }: RichWay): void {
  it('carries a long text whole, in parts or as a file, in order', async () => {
    const start = `long ${name} `;
    const words = Array.from({ length: 9_000 }, (_, index) => `w${index}`).join(' ');
    // What a homeserver takes in one event is the most that anybody on Matrix can say at once.
    const most = name === 'to Matrix' ? 100_000 : 40_000;
    const text = `${start}${words}${words}`.slice(0, Math.min(most, maxTextBytes() * 4));
    const id = await from().say(text);
    const whole = (): string =>
      to()
        .richSeen()
        .flatMap((one) => (one.kind === 'said' ? [one.text] : []))
        .join('');
    await eventually('all of the text', () => whole().includes(text) || undefined, 30_000);
    await from().retract(id);
    const [first] = to()
      .richSeen()
      .filter((one) => one.kind === 'said' && one.text.startsWith(start));
    assert.ok(first?.kind === 'said');
    await sees(to(), 'retraction', (gone) => gone.target === first.id);
  });
}
