/** The contract of what turns sound into the forms that the far side plays. */
import type { Media } from './media.ts';
import type { Failed } from './outcome.ts';

/** What voice messages are made of: Matrix clients record Ogg with Opus (MSC3245); phones everywhere play AAC in MP4. */
export type VoiceFormat = 'ogg-opus' | 'm4a-aac';

/** A file that is ready on disk, until it is disposed of; `media.open` may be called more than once. */
export interface Transcoded extends AsyncDisposable {
  readonly kind: 'transcoded';
  readonly media: Media;
}

/**
 * Reads and rewrites sound. It fails for whatever it cannot read and whatever takes too long: the caller then sends the
 * original, so that no message is lost for it. Never rejects; ends early with the signal.
 */
export interface Transcoder {
  /**
   * A voice message in the given format, with its duration (milliseconds) and a waveform of 100 points where it had
   * none. One that has the format already keeps its bytes.
   */
  voice(media: Media, format: VoiceFormat, signal: AbortSignal): Promise<Transcoded | Failed>;
}
