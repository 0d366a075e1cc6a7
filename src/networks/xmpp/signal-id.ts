import type { Element } from '@xmpp/xml';
import { attribute } from './stanza.ts';

/** The beginning of the ids of what is told in passing, by which its bounces are told from those of messages. */
export const signalPrefix = 'signal-';

/** Whether an error is about a signal of the bridge, which nobody needs to know. */
export function isSignalBounce(stanza: Element): boolean {
  return attribute(stanza, 'type') === 'error' && attribute(stanza, 'id')?.startsWith(signalPrefix) === true;
}
