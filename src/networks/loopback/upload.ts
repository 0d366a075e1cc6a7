import type { Content } from '../../core/event.ts';
import { limitBytes, MediaError, type Media, type Thumbnail } from '../../core/media.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import type { LoopbackConfig } from './config.ts';
import type { PlacedFile } from './to-remote.ts';
import type { WorldLink } from './world.ts';

/** A content's files in the world, in order. */
export interface PlacedFiles {
  readonly kind: 'placed';
  readonly files: readonly PlacedFile[];
}

/**
 * Brings the files of a content into the world, under names that come from `name`, so that a repeat replaces them and
 * leaves no second ones. The first failure is the answer; a thumbnail that cannot be had is left out.
 */
export async function place(
  link: WorldLink,
  config: LoopbackConfig,
  name: string,
  content: Content,
  signal: AbortSignal,
): Promise<PlacedFiles | Failed> {
  const files: PlacedFile[] = [];
  for (const [index, media] of mediaIn(content).entries()) {
    const file = index === 0 ? `file-${name}` : `file-${name}/${String(index + 1)}`;
    const failed = await upload(link, config, file, media, signal);
    if (failed !== undefined) return failed;
    const small = media.thumbnail && (await upload(link, config, `small-${file}`, media.thumbnail, signal));
    const thumbnail = media.thumbnail === undefined || small !== undefined ? undefined : `small-${file}`;
    files.push({ media, file, thumbnail });
  }
  return { kind: 'placed', files };
}

function mediaIn(content: Content): readonly Media[] {
  switch (content.kind) {
    case 'media':
      return [content.media];
    case 'gallery':
      return content.items;
    case 'text':
    case 'location':
    case 'poll':
      return [];
  }
}

async function upload(
  link: WorldLink,
  config: LoopbackConfig,
  name: string,
  media: Media | Thumbnail,
  signal: AbortSignal,
): Promise<undefined | Failed> {
  const limit = config.maxMediaBytes;
  if (media.size !== undefined && media.size > limit) return failedForGood('too-large');
  if (!link.isUp()) return failedForNow('link-down');
  const opened = await media.open(signal);
  if (opened.kind === 'failed') return opened;
  try {
    await link.files.receive(name, limitBytes(opened.stream, limit));
    return undefined;
  } catch (error) {
    if (error instanceof MediaError) return error.failed;
    if (signal.aborted) return failedForNow('timeout', error);
    throw error;
  }
}
