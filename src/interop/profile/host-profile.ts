/** What a host says of its own users; no public document has it. */

/** The type of a receipt by which a sender is told that a message went no further after it was taken; unknown types are passed over. */
export const refusedReceipt = { mark: 'G', type: 'refused' } as const;

/** The integrator number by which a host's own users are looked up. */
export const ownIntegrator = { mark: 'G', number: 0 } as const;

/** Where a host says what a provider has to know of it. */
export const hostFacts = { mark: 'G', path: '/.well-known/third-party-chats', mostBytes: 16_384 } as const;
