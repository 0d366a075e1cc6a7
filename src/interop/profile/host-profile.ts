/** What a host answers; no public document says it. [P] codes of the ordinary service, [G] that they are used for this. */

/** Codes of `ack error` with which a message is refused. */
export const hostRefusals = {
  mark: 'G',
  /** Whoever it is for is not there, or not to be reached: the two look alike. */
  noSuchUser: 404,
  malformed: 400,
  /** It does not open, and is not asked for again. */
  notOpened: 422,
} as const;

/** The type of a receipt by which a sender is told that a message went no further after it was taken; unknown types are passed over. */
export const refusedReceipt = { mark: 'G', type: 'refused' } as const;

/** The integrator number by which a host's own users are looked up. */
export const ownIntegrator = { mark: 'G', number: 0 } as const;
