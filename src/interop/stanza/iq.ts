/**
 * Questions and their answers, by id. [O] names `iq`. What is asked is a closed union (`asking.ts`); what an answer
 * holds can only be read by who asked (`answer.ts`).
 */

import type { Address } from '../node/address.ts';
import { children, makeNode, type Node } from '../node/node.ts';
import { iqTypes, names, stanzaTags } from '../profile/stanza-profile.ts';
import { readAsking, renderAsking, type Asking } from './asking.ts';
import { addressText, numberText } from './envelope.ts';
import { fieldsOf, type Fields } from './fields.ts';
import type { StanzaFailed } from './failed.ts';

export interface IqStanza {
  readonly kind: 'iq';
  readonly id: string;
  readonly from: Address | undefined;
  readonly to: Address | undefined;
  readonly body: IqBody;
}

export type IqBody =
  | { readonly kind: 'ask'; readonly ask: Asking }
  | { readonly kind: 'result'; readonly content: readonly Node[] }
  | { readonly kind: 'error'; readonly code: number; readonly text: string | undefined };

/** Reads a question or an answer. */
export function parseIq(node: Node): IqStanza | StanzaFailed {
  const fields = fieldsOf(node);
  const stanza: IqStanza = {
    kind: 'iq',
    id: fields.text(names.id),
    from: fields.maybeAddress(names.from),
    to: fields.maybeAddress(names.to),
    body: readBody(fields),
  };
  return fields.failed() ?? stanza;
}

/** The node of a question or an answer. */
export function renderIq({ id, from, to, body }: IqStanza): Node {
  const attrs = { [names.id]: id, [names.from]: addressText(from), [names.to]: addressText(to) };
  switch (body.kind) {
    case 'ask': {
      const { type, xmlns, content } = renderAsking(body.ask);
      return makeNode(stanzaTags.iq, { ...attrs, [names.xmlns]: xmlns, [names.type]: type }, content);
    }
    case 'result': {
      const content = body.content.length === 0 ? undefined : body.content;
      return makeNode(stanzaTags.iq, { ...attrs, [names.type]: iqTypes.result }, content);
    }
    case 'error': {
      const error = makeNode(names.error, { [names.code]: numberText(body.code), [names.text]: body.text });
      return makeNode(stanzaTags.iq, { ...attrs, [names.type]: iqTypes.error }, [error]);
    }
  }
}

function readBody(fields: Fields): IqBody {
  const type = fields.oneOf(names.type, Object.values(iqTypes));
  switch (type) {
    case iqTypes.get:
    case iqTypes.set:
      return { kind: 'ask', ask: readAsking(fields, type) };
    case iqTypes.result:
      return { kind: 'result', content: children(fields.node) };
    case iqTypes.error: {
      const error = fields.child(names.error);
      return { kind: 'error', code: error.number(names.code, 0xffff), text: error.maybeText(names.text) };
    }
  }
}
