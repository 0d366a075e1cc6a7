/**
 * Numbers by which a chat session is refused, ended, or says no. [P] public knowledge of the ordinary client protocol,
 * [G] our guess or choice; Meta's public overview has none of them.
 */

/** Reasons of `failure`. The numbers are [P]; that they are used so for providers' users is [G]. */
export const failureReasons = {
  /** The server does not know the user or not with this key: enlist again. */
  dismissed: 401,
  /** The user, or the whole provider, is shut out: another attempt does not mend it. */
  shutOut: 406,
  /** The token has expired: come again with a new one. In ordinary clients it is another kind of token. */
  tokenExpired: 413,
  /** The token is not genuine, or about somebody else. */
  tokenInvalid: 414,
  /** Come again later. */
  unavailable: 503,
} as const;

/** Codes of `ack error` and of `iq` errors: those of HTTP [P]; which one when is [G]. */
export const refusals = {
  badRequest: 400,
  forbidden: 403,
  notFound: 404,
  notAllowed: 405,
  notAcceptable: 406,
  tooMany: 429,
  failed: 500,
  notThere: 501,
  unavailable: 503,
} as const;

/** What a stream error says first [P]. */
export const streamErrors = {
  /** Types of `conflict`. */
  replaced: 'replaced',
  removed: 'device_removed',
  /** A frame that is no node. */
  notWellFormed: 'xml-not-well-formed',
  codes: { removed: 401, unavailable: 503, broken: 400 },
} as const;

/** Where the chat channel is on a web server [P]. */
export const webSocketPath = '/ws/chat';
