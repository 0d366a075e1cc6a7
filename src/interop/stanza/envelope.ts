// The addresses and the time that most stanzas have: public client knowledge [P], `to`, `from` and `id` [O].
import { formatAddress, type Address } from '../node/address.ts';
import { names } from '../profile/stanza-profile.ts';
import type { Fields } from './fields.ts';

/** Who speaks to whom. A client leaves `from` out, the server sets it; `participant` is who of a group. */
export interface Envelope {
  readonly from: Address | undefined;
  readonly to: Address | undefined;
  readonly participant: Address | undefined;
  readonly recipient: Address | undefined;
  /** Seconds since 1970, by the server's clock. */
  readonly time: number | undefined;
}

/** The envelope of a stanza. */
export function readEnvelope(fields: Fields): Envelope {
  return {
    from: fields.maybeAddress(names.from),
    to: fields.maybeAddress(names.to),
    participant: fields.maybeAddress(names.participant),
    recipient: fields.maybeAddress(names.recipient),
    time: fields.maybeNumber(names.time),
  };
}

/** The attributes of an envelope. */
export function envelopeAttrs(envelope: Envelope): Record<string, string | undefined> {
  return {
    [names.from]: addressText(envelope.from),
    [names.to]: addressText(envelope.to),
    [names.participant]: addressText(envelope.participant),
    [names.recipient]: addressText(envelope.recipient),
    [names.time]: numberText(envelope.time),
  };
}

/** The text of an address that may be absent. */
export function addressText(address: Address | undefined): string | undefined {
  return address === undefined ? undefined : formatAddress(address);
}

/** The text of a number that may be absent. */
export function numberText(number: number | undefined): string | undefined {
  return number === undefined ? undefined : String(number);
}
