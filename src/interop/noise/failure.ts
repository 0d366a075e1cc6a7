/** Every way in which a handshake, a frame or a connection can fail. */
export const noiseReasons = [
  'aborted',
  'bad-token',
  'certificate-bad-signature',
  'certificate-expired',
  'certificate-malformed',
  'certificate-not-yet-valid',
  'certificate-too-long',
  'certificate-unknown-root',
  'certificate-wrong-issuer',
  'certificate-wrong-key',
  'closed',
  'counter-exhausted',
  'frame-too-large',
  'frame-too-short',
  'low-order-point',
  'malformed-message',
  'no-account',
  'no-interop-data',
  'not-authentic',
  'payload-malformed',
  'payload-too-long',
  'peer-too-slow',
  'stream-error',
  'text-frame',
  'truncated',
  'unsupported-version',
  'wrong-message',
  'wrong-pattern',
  'wrong-product',
  'wrong-prologue',
  'wrong-size',
] as const;
export type NoiseReason = (typeof noiseReasons)[number];

/** What went wrong, safe to log: `text` is made of the reason alone and never holds bytes of the far side. */
export interface NoiseFailure {
  readonly kind: 'failed';
  readonly reason: NoiseReason;
  readonly text: string;
}

export function noiseFailure(reason: NoiseReason): NoiseFailure {
  return { kind: 'failed', reason, text: `chat channel: ${reason.replaceAll('-', ' ')}` };
}

/** With this a stream is destroyed by who wraps it, when what came over it is refused below the frames. */
export class StreamRefused extends Error {
  readonly reason: NoiseReason;

  constructor(reason: NoiseReason) {
    super(noiseFailure(reason).text);
    this.reason = reason;
  }
}

/** How often each reason was met. */
export interface NoiseCounts {
  count(reason: NoiseReason): void;
  /** The reasons met so far. */
  read(): ReadonlyMap<NoiseReason, number>;
}

export function createNoiseCounts(): NoiseCounts {
  const met = new Map<NoiseReason, number>();
  return {
    count: (reason) => void met.set(reason, (met.get(reason) ?? 0) + 1),
    read: () => met,
  };
}
