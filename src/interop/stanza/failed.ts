// Why a node is no stanza of its kind: a closed union, safe to log and to count.

export const stanzaFailures = ['missing', 'malformed', 'too-many'] as const;
export type StanzaFailure = (typeof stanzaFailures)[number];

/** `field` names the tag and attribute or child in the profile's words, never a value. */
export interface StanzaFailed {
  readonly kind: 'failed';
  readonly reason: StanzaFailure;
  readonly field: string;
  readonly text: string;
}

/** Makes a failure with its sentence. */
export function stanzaFailed(reason: StanzaFailure, field: string): StanzaFailed {
  return {
    kind: 'failed',
    reason,
    field,
    text: `${field} is ${reason === 'too-many' ? 'there too often' : reason}`,
  };
}
