import type { MediaSort, SampleMedia } from '../../../test/conformance/rich-chat.ts';
import type { XmppPlace } from '../../../test/conformance/xmpp-chat.ts';
import type { Chat } from '../chat.ts';
import { fromAlice, fromFriend, sameBytes, type Message, type Sample } from '../ends.ts';
import type { Exchange } from '../exchange.ts';
import * as files from '../samples.ts';

type MediaMessage = Extract<Message, { readonly kind: 'media' }>;

/** Films, sounds, voice messages, stickers and contacts, each in both directions, compared byte for byte. */
export function mediaExchanges(chat: Chat, place: XmppPlace, samples: files.Samples): readonly Exchange[] {
  const both = (kind: string, theirs: SampleMedia, hers: SampleMedia): readonly Exchange[] => [
    fromFriend(chat, place, {
      ...same(kind, theirs, [theirs.sort]),
      send: (friend) => friend.sendMedia(theirs),
    }),
    fromAlice(chat, place, { ...same(kind, hers, [hers.sort]), send: (alice) => alice.sendMedia(hers) }),
  ];
  return [
    ...both('video', files.film('waves.mp4', samples), files.film('trees.mp4', samples)),
    ...both('audio', files.tone('whistle.wav', 660), files.tone('hum.wav', 220)),
    ...voices(chat, place, samples),
    ...both('sticker', files.sticker('hug.png', [200, 80, 120]), files.sticker('nod.png', [80, 200, 120])),
    ...both(
      'contact',
      files.card('dora.vcf', 'Dora Example', '+4915112345678'),
      files.card('emil.vcf', 'Emil Example', '+4915187654321'),
    ),
  ];
}

/**
 * XMPP has no form of its own for voice messages: they are sounds there, made playable on every client where the bridge
 * has ffmpeg.
 */
function voices(chat: Chat, place: XmppPlace, samples: files.Samples): readonly Exchange[] {
  const [theirs, hers] = [files.voice('humming.ogg', samples), files.voice('singing.ogg', samples)];
  const there = same('voice', hers, ['audio']);
  const transcoded: Sample = {
    kind: 'voice',
    expected: `a sound of ${samples.voiceLength / 1_000} s that every client plays (AAC in MP4)`,
    arrived: (seen) => seen.kind === 'media' && seen.type === 'audio/mp4' && seen.name.startsWith('singing'),
    check: async (seen) => {
      const { duration = 0, load } = mediaOf(seen);
      if (Math.abs(duration - samples.voiceLength) > 100) throw new Error(`Its length is ${duration} ms.`);
      const kind = Buffer.from(await load()).toString('latin1', 4, 11);
      if (kind !== 'ftypM4A') throw new Error(`The file begins with ${kind}.`);
    },
  };
  return [
    fromFriend(chat, place, {
      ...same('voice', theirs, ['audio', 'voice']),
      send: (friend) => friend.sendMedia(theirs),
    }),
    fromAlice(chat, place, {
      ...(samples.ffmpeg ? transcoded : there),
      send: (alice) => alice.sendMedia(hers),
    }),
  ];
}

/** The same file with what is known of it. */
function same(kind: string, sample: SampleMedia, sorts: readonly MediaSort[]): Sample {
  return {
    kind,
    expected: `the ${kind} ${sample.name} with its ${sample.bytes.byteLength} bytes, and what is known of it`,
    arrived: (seen) => seen.kind === 'media' && seen.name === sample.name,
    check: async (seen) => {
      const { sort, duration, width } = mediaOf(seen);
      if (!sorts.includes(sort)) throw new Error(`It came as ${sort}.`);
      if (duration !== sample.duration) throw new Error(`Its length came as ${duration ?? 'nothing'}.`);
      if (width !== sample.width) throw new Error(`Its width came as ${width ?? 'nothing'}.`);
      await sameBytes(seen, sample.bytes);
    },
  };
}

function mediaOf(seen: Message): MediaMessage {
  if (seen.kind !== 'media') throw new Error('It is no file.');
  return seen;
}
