/** The contract of what turns sound into the forms that the far side plays. */
import type { Media } from './media.ts';
import type { Failed } from './outcome.ts';

/** What voice messages are made of: Matrix clients record Ogg with Opus (MSC3245); phones everywhere play AAC in MP4. */
export type VoiceFormat = 'ogg-opus' | 'm4a-aac';

/**
 * Reads and rewrites sound. It fails for whatever it cannot read and whatever takes too long or too much: the caller then
 * sends the original, so that no message is lost for it. Never rejects; ends early with the signal.
 */
export interface Transcoder {
  /**
   * A voice message in the given format, with its duration (milliseconds) and a waveform of 100 points where it had
   * none. One that has the format already keeps its bytes. The answer is opened once, soon, and not kept.
   */
  voice(media: Media, format: VoiceFormat, signal: AbortSignal): Promise<Media | Failed>;
}

/** The voice message in a format, or as it is where that cannot be had. */
export async function voiceFor(
  transcoder: Transcoder | undefined,
  media: Media,
  format: VoiceFormat,
  signal: AbortSignal,
): Promise<Media> {
  const transcoded = await transcoder?.voice(media, format, signal);
  return transcoded === undefined || transcoded.kind === 'failed' ? media : transcoded;
}
