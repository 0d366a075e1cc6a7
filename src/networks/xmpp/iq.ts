/** Requests and their answers: https://www.rfc-editor.org/rfc/rfc6120#section-8.2.3 */
import { randomBytes } from 'node:crypto';
import xml, { type Element } from '@xmpp/xml';
import { attribute } from './stanza.ts';

/** A question to another entity. */
export interface Request {
  readonly type: 'get' | 'set';
  readonly from: string;
  readonly to: string;
  readonly child: Element;
}
/** What came back. */
export type Answer =
  | { readonly kind: 'result'; readonly stanza: Element }
  | { readonly kind: 'error'; readonly condition: string; readonly stanza: Element }
  | { readonly kind: 'no-answer'; readonly why: 'link-down' | 'timeout' };

/** The requests of one stream that wait for their answers. An answer counts only from the address that was asked. */
export class Requests {
  readonly #write: (xml: string) => void;
  readonly #prefix = `q-${randomBytes(9).toString('base64url')}-`;
  readonly #open = new Map<string, { readonly to: string; readonly settle: (answer: Answer) => void }>();
  #count = 0;

  constructor(write: (xml: string) => void) {
    this.#write = write;
  }

  ask({ type, from, to, child }: Request, timeoutMs: number): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#count += 1;
    const id = `${this.#prefix}${this.#count}`;
    const settle = (answer: Answer): void => {
      clearTimeout(timer);
      this.#open.delete(id);
      resolve(answer);
    };
    const timer = setTimeout(() => settle({ kind: 'no-answer', why: 'timeout' }), timeoutMs);
    this.#open.set(id, { to, settle });
    this.#write(xml('iq', { type, from, to, id }, child).toString());
    return promise;
  }

  /** To be given every IQ of type result or error. */
  answered(stanza: Element): void {
    const waiting = this.#open.get(attribute(stanza, 'id') ?? '');
    if (waiting === undefined || attribute(stanza, 'from')?.toLowerCase() !== waiting.to.toLowerCase())
      return;
    if (attribute(stanza, 'type') === 'result') waiting.settle({ kind: 'result', stanza });
    else waiting.settle({ kind: 'error', condition: conditionOf(stanza), stanza });
  }

  /** The stream has ended. */
  end(): void {
    for (const { settle } of [...this.#open.values()]) settle({ kind: 'no-answer', why: 'link-down' });
  }
}

/** The condition that an error stanza names (RFC 6120, 8.3.3). */
export function conditionOf(stanza: Element): string {
  const namespace = 'urn:ietf:params:xml:ns:xmpp-stanzas';
  const condition = stanza
    .getChild('error')
    ?.children.find(
      (child) => typeof child !== 'string' && child.getNS() === namespace && child.name !== 'text',
    );
  return condition === undefined || typeof condition === 'string'
    ? 'undefined-condition'
    : condition.getName();
}
