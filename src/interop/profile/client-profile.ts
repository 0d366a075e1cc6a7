/**
 * How a user's end of the chat channel behaves: times, bounds, and what the codes of refusals mean. `O` the public overview
 * v1.0.3, `P` public knowledge of WhatsApp's ordinary client protocol, `U` unofficial, `G` a guess or choice of ours. A
 * partner who has the partner documents changes this file.
 */
import type { ReasonCode } from '../../core/outcome.ts';
import { noiseProfile } from './noise-profile.ts';

/** In milliseconds. Clients wait 20 s for a connection, 60 s for an answer, and ask for a sign of life each 30 s [P]. */
export const clientTimes = {
  handshake: 20_000,
  answer: 60_000,
  ping: 30_000,
  /** [G] */
  again: [1_000, 60_000],
} as const;

/** [G] How long what is under way may take when the client goes to rest, and the far side to end its side. */
export const closingTimes = { underWay: 5_000, farSide: 2_000 } as const;

/** [P] How a session is refused, by the `reason` of `failure`. Whatever is not here is tried again later. */
export const dismissals: ReadonlySet<number> = new Set([401, 403, 406]);
/** [P] Shut out for a time, which `expire` tells in seconds; [G] the longest that is waited for, in milliseconds. */
export const shutOutFor = 402;
export const longestShutOut = 86_400_000;

/** [P] What a stream error says: the account is gone, or another connection took over. */
export const streamEnds = {
  gone: 'device_removed',
  replaced: 'replaced',
  dismissed: 401,
} as const;

/** [P] The namespace in which a server asks a client for a sign of life. */
export const serverPing = 'urn:xmpp:ping';
/** [P] `error` of what cannot be read; [G] the code of a question that clients do not answer. */
export const refusals = { unreadable: 487, notAnswered: 501 } as const;

/** [P] How many stanzas of the mailbox are asked for at once. */
export const mailboxBatch = 100;

/** [G] The largest node that is sent: a frame holds it and its seal. */
export const largestBody = noiseProfile.maxFrame - 64;

/** [G] Bounds of one connection. */
export const clientLimits = {
  /** Questions without an answer, and what is sent and not acknowledged. */
  questions: 256,
  unacknowledged: 1_024,
  /** What came and waits for its turn: beyond it nothing more is read, unless an answer is waited for. */
  waiting: 256,
  waitingBytes: 4_194_304,
  /** So many times as much ends the connection; the server brings it again. */
  overflow: 4,
} as const;

/** What an error in an answer or an acknowledgement means, by its code [P: codes such as HTTP has; G: what they come to]. */
export const errorReasons: Readonly<
  Record<number, { readonly reason: ReasonCode; readonly passes: boolean }>
> = {
  401: { reason: 'forbidden', passes: false },
  403: { reason: 'forbidden', passes: false },
  404: { reason: 'no-such-user', passes: false },
  406: { reason: 'network-refused', passes: false },
  408: { reason: 'timeout', passes: true },
  413: { reason: 'too-large', passes: false },
  429: { reason: 'rate-limited', passes: true },
  500: { reason: 'network-refused', passes: true },
  502: { reason: 'network-refused', passes: true },
  503: { reason: 'network-refused', passes: true },
  504: { reason: 'timeout', passes: true },
};
