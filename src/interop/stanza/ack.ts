/** Acknowledgements of stanzas, and refusals: public client knowledge [P]. */
import { parseAddress } from '../node/address.ts';
import { attribute, makeNode, type Node } from '../node/node.ts';
import { names, stanzaLimits, stanzaTags } from '../profile/stanza-profile.ts';
import { envelopeAttrs, numberText, readEnvelope, type Envelope } from './envelope.ts';
import { fieldsOf } from './fields.ts';
import type { StanzaFailed } from './failed.ts';

export interface AckStanza extends Envelope {
  readonly kind: 'ack';
  readonly id: string;
  /** The tag of what is acknowledged. */
  readonly of: string;
  /** Its type, if it had one. */
  readonly type: string | undefined;
  /** Why it is refused; an acknowledgement has none. */
  readonly error: number | undefined;
}

/** Reads an acknowledgement. */
export function parseAck(node: Node): AckStanza | StanzaFailed {
  const fields = fieldsOf(node);
  const stanza: AckStanza = {
    kind: 'ack',
    id: fields.text(names.id),
    ...readEnvelope(fields),
    of: fields.text(names.class),
    type: fields.maybeText(names.type),
    error: fields.maybeNumber(names.error, 0xffff),
  };
  return fields.failed() ?? stanza;
}

/** The node of an acknowledgement. */
export function renderAck(stanza: AckStanza): Node {
  return makeNode(stanzaTags.ack, {
    [names.id]: stanza.id,
    ...envelopeAttrs(stanza),
    [names.class]: stanza.of,
    [names.type]: stanza.type,
    [names.error]: numberText(stanza.error),
  });
}

/**
 * The acknowledgement of a stanza that came in, or with `error` its refusal: made from the node, so that one which
 * does not parse can be refused too. `undefined` where not even its id and sender can be read.
 */
export function ackOf(node: Node, error?: number): AckStanza | undefined {
  const id = bounded(node, names.id);
  const to = parseAddress(attribute(node, names.from) ?? '');
  if (id === undefined || to === undefined) return undefined;
  return {
    kind: 'ack',
    id,
    of: node.tag,
    to,
    from: undefined,
    participant: parseAddress(attribute(node, names.participant) ?? ''),
    recipient: parseAddress(attribute(node, names.recipient) ?? ''),
    time: undefined,
    type: bounded(node, names.type),
    error,
  };
}

function bounded(node: Node, name: string): string | undefined {
  const value = attribute(node, name);
  return value !== undefined && value !== '' && value.length <= stanzaLimits.id ? value : undefined;
}
