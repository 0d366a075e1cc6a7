import type { MediaSort, SampleMedia } from './rich-chat.ts';
import { noise, picture } from './samples.ts';

const waveform = Array.from({ length: 64 }, (_, index) => (index % 32) / 32);
const card = ['BEGIN:VCARD', 'VERSION:4.0', 'FN:Carol Example', 'TEL:+4915112345678', 'END:VCARD', ''];

/** A file of each sort with everything that its sender's client may say of it. */
export function sampleOf(sort: MediaSort, tag: string): SampleMedia {
  switch (sort) {
    case 'image':
      return {
        ...picture(`picture-${tag}.png`),
        ...{
          sort,
          caption: `a picture ${tag}`,
          width: 1,
          height: 1,
          blurhash: 'LEHV6nWB2yk8pyo0adR*.7kCMdnj',
        },
      };
    case 'video':
      return {
        ...bytes(`film-${tag}.mp4`, 'video/mp4'),
        ...{ sort, width: 640, height: 480, duration: 12_000, thumbnail: picture('small.png') },
      };
    case 'audio':
      return { ...bytes(`song-${tag}.mp3`, 'audio/mpeg'), sort, duration: 180_000 };
    case 'voice':
      return { ...bytes(`voice-${tag}.ogg`, 'audio/ogg'), sort, duration: 1500, waveform };
    case 'sticker':
      return { ...picture(`wave-${tag}.png`), sort, width: 1, height: 1 };
    case 'contact':
      return {
        name: `carol-${tag}.vcf`,
        type: 'text/vcard',
        bytes: Uint8Array.from(Buffer.from(card.join('\r\n'))),
        sort,
      };
    case 'file':
      return { ...noise(`noise-${tag}.bin`, 10_000), sort, caption: `a file ${tag}` };
  }
}

function bytes(name: string, type: string): Pick<SampleMedia, 'name' | 'type' | 'bytes'> {
  return { ...noise(name, 20_000), type };
}
