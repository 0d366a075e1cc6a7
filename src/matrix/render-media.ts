/**
 * Attachments as Matrix contents carry them: m.image, m.video, m.audio, m.file, m.sticker
 * (https://spec.matrix.org/v1.16/client-server-api/#mroommessage-msgtypes), captions (MSC2530), voice messages (MSC3245
 * with MSC1767 and MSC3246), blurhash (MSC2448). Pure.
 */
import type { FormattedText } from '../core/event.ts';
import { cleanFileName } from '../core/media-name.ts';
import type { Media, MediaKind } from '../core/media.ts';
import { encryptedFile, type StoredFile } from './crypto/attachment.ts';
import { textFields, type MatrixContent } from './render-text.ts';
import { renderWaveform } from './waveform.ts';

/** A file on the homeserver, with the thumbnail that came with it where it could be brought over. */
export interface UploadedMedia extends StoredFile {
  readonly thumbnail: StoredFile | undefined;
}

const msgtypes: Readonly<Record<Exclude<MediaKind, 'sticker'>, string>> = {
  image: 'm.image',
  video: 'm.video',
  audio: 'm.audio',
  voice: 'm.audio',
  contact: 'm.file',
  file: 'm.file',
};

/** What an attachment says, with its caption. */
export function mediaFields(
  media: Media,
  caption: FormattedText | undefined,
  uploaded: UploadedMedia,
  prefix = '',
): MatrixContent {
  const filename = cleanFileName(media.name, media.kind);
  const text = textFields(caption ?? { plain: filename, html: undefined }, prefix);
  const file = {
    ...text,
    filename,
    ...place(uploaded, 'file', 'url'),
    info: info(media, uploaded.thumbnail),
  };
  switch (media.kind) {
    case 'sticker':
      // The specification leaves encrypted stickers open; clients read them like pictures.
      return {
        body: caption?.plain ?? filename,
        ...place(uploaded, 'file', 'url'),
        info: info(media, uploaded.thumbnail),
      };
    case 'voice':
      return { msgtype: msgtypes.voice, ...file, ...voiceFields(media) };
    case 'image':
    case 'video':
    case 'audio':
    case 'contact':
    case 'file':
      return { msgtype: msgtypes[media.kind], ...file };
  }
}

function voiceFields({ duration, waveform }: Media): MatrixContent {
  const heard = waveform === undefined ? undefined : renderWaveform(waveform);
  return {
    'org.matrix.msc1767.audio': given({ duration: duration && Math.round(duration), waveform: heard }),
    'org.matrix.msc3245.voice': {},
  };
}

/** Where a file is: with what opens it, or in the clear. */
function place({ uri, cipher }: StoredFile, encrypted: string, plain: string): MatrixContent {
  return cipher === undefined ? { [plain]: uri } : { [encrypted]: encryptedFile({ uri, cipher }) };
}

function info(media: Media, thumbnail: StoredFile | undefined): MatrixContent {
  // Clients know a card by this type alone.
  const mimetype = media.kind === 'contact' ? 'text/vcard' : media.mimetype;
  const { size, width: w, height: h, duration } = media;
  return given({
    ...{ mimetype, size, w, h },
    duration: duration && Math.round(duration),
    'xyz.amorgan.blurhash': media.blurhash,
    ...(thumbnail === undefined ? {} : place(thumbnail, 'thumbnail_file', 'thumbnail_url')),
    thumbnail_info: thumbnail === undefined ? undefined : thumbnailInfo(media),
  });
}

function thumbnailInfo({ thumbnail }: Media): MatrixContent | undefined {
  if (thumbnail === undefined) return undefined;
  const { mimetype, size, width: w, height: h } = thumbnail;
  return given({ mimetype, size, w, h });
}

/** JSON has no `undefined`: only what is known. */
function given(fields: MatrixContent): MatrixContent {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
