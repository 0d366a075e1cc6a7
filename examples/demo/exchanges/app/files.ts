import { eventually } from '../../../../test/conformance/eventually.ts';
import type { SampleMedia } from '../../../../test/conformance/rich-chat.ts';
import type { AppChat } from '../../app-chat.ts';
import { sameBytes, type Message } from '../../ends.ts';
import { patienceMs, type Direction, type Exchange, type Row } from '../../exchange.ts';
import * as files from '../../samples.ts';
import { both, sending } from './sending.ts';

/** Every kind of file, and places, in both directions; what arrives is compared byte for byte. */
export function fileExchanges(chat: AppChat, samples: files.Samples): readonly Exchange[] {
  const pair = (kind: string, theirs: SampleMedia, hers: SampleMedia): readonly Exchange[] =>
    both(chat, (direction) => file(kind, direction === 'to-matrix' ? theirs : hers));
  const owl = { ...files.image('owl.png', [120, 90, 60]), caption: 'In the barn' };
  const fox = { ...files.image('fox.png', [210, 100, 30]), caption: 'Behind the barn' };
  const list = files.notes('list.txt', 'boots, lamp, tea\n', 'What to bring');
  const route = files.notes('route.txt', 'up, then left\n', 'How to get there');
  return [
    ...pair('image', owl, fox),
    ...pair('video', files.film('nest.mp4', samples), files.film('pond.mp4', samples)),
    ...pair('audio', files.tone('call.wav', 880), files.tone('song.wav', 330)),
    ...pair('voice', files.voice('report.ogg', samples), files.voice('answer.ogg', samples)),
    ...pair('file', list, route),
    ...pair(
      'contact',
      files.card('Gina Example', 'Gina Example', '+4915112345679'),
      files.card('hugo.vcf', 'Hugo Example', '+4915187654322'),
    ),
    // There are no stickers there: hers comes as a picture.
    sending(chat, {
      ...file('sticker', files.sticker('smile.png', [250, 210, 60]), 'image'),
      direction: 'to-network',
    }),
    gallery(chat),
    ...places(chat),
  ];
}

/** A file with what is known of it. Only documents have a name there, and cards are written anew. */
function file(
  kind: string,
  sample: SampleMedia,
  sort = sample.sort,
): Omit<Parameters<typeof sending>[1], 'direction'> {
  const { caption, bytes, duration, width } = sample;
  return {
    kind,
    expected: `the ${kind} ${sample.name} with its ${bytes.byteLength} bytes, and what is known of it`,
    send: (from) => from.sendMedia(sample),
    arrived: (seen) => seen.kind === 'media' && seen.sort === sort,
    check: async (seen) => {
      if (seen.kind !== 'media') throw new Error('It is no file.');
      if (seen.caption !== caption) throw new Error(`Its caption came as ${seen.caption ?? 'nothing'}.`);
      if (sort === 'contact') return sameCard(seen, bytes);
      if (seen.duration !== duration) throw new Error(`Its length came as ${seen.duration ?? 'nothing'}.`);
      if (seen.width !== width) throw new Error(`Its width came as ${seen.width ?? 'nothing'}.`);
      await sameBytes(seen, bytes);
    },
  };
}

async function sameCard(
  { load }: Extract<Message, { readonly kind: 'media' }>,
  bytes: Uint8Array,
): Promise<void> {
  const facts = (card: Uint8Array): string =>
    (
      Buffer.from(card)
        .toString()
        .match(/^(?:FN|TEL)\b.*$/gm) ?? []
    ).join();
  const [sent, came] = [facts(bytes), facts(await load())];
  if (sent.replaceAll('\r', '') !== came.replaceAll('\r', '')) throw new Error(`The card came as ${came}.`);
}

/** Several files in one message of Alice's: in the app they are several messages. */
function gallery(chat: AppChat): Exchange {
  const direction: Direction = 'to-network';
  const items = [files.image('east.png', [200, 200, 60]), files.image('west.png', [60, 200, 200])] as const;
  const caption = 'Both windows';
  return {
    ...{ kind: 'gallery', direction, expected: `two pictures, with the words "${caption}"` },
    run: async () => {
      const { from, to } = chat.ends(direction);
      const before = to.richSeen().length;
      const eventId = await from.sendGallery(items, caption);
      const pictures = await eventually(
        'both pictures',
        () => {
          const seen = to.richSeen().slice(before);
          const media = seen.flatMap((one) => (one.kind === 'media' ? [one] : []));
          const isSaid = JSON.stringify(seen).includes(caption);
          return media.length === items.length && isSaid ? media : undefined;
        },
        patienceMs,
      );
      const rows: Row[] = [];
      for (const [index, picture] of pictures.entries()) {
        await sameBytes(picture, items[index]?.bytes ?? new Uint8Array(0));
        const { matrix, ...there } = await chat.row(direction, { eventId, appId: picture.id });
        rows.push(index === 0 && matrix !== undefined ? { matrix, ...there } : there);
      }
      return chat.shown(...rows);
    },
  };
}

function places(chat: AppChat): readonly Exchange[] {
  return both(chat, (direction) => {
    const place =
      direction === 'to-matrix'
        ? { latitude: 52.520817, longitude: 13.409419, description: 'By the tower' }
        : { latitude: 52.516275, longitude: 13.377704, description: 'At the gate' };
    return {
      ...{ kind: 'location', expected: `the place "${place.description}"` },
      send: (from) => from.sendPlace(place),
      arrived: (seen) => seen.kind === 'place' && JSON.stringify(seen.place) === JSON.stringify(place),
    };
  });
}
