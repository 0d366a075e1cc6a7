/** Messages that are to be gone after they were read: https://xmpp.org/extensions/xep-0466.html */
import xml, { type Element } from '@xmpp/xml';
import type { Expiry } from '../../core/event.ts';
import { expiryOf } from '../../core/timers.ts';
import { namespaces } from './namespaces.ts';
import { attribute } from './stanza.ts';

/** The time that a stanza gives, in the place of what it holds; `undefined` where it says nothing of it. */
export function timerOn(stanza: Element): { readonly expires: Expiry | undefined } | undefined {
  const ephemeral = stanza.getChild('ephemeral', namespaces.ephemeral);
  const seconds = ephemeral === undefined ? undefined : attribute(ephemeral, 'timer');
  if (seconds === undefined || !/^\d{1,10}$/.test(seconds)) return undefined;
  return { expires: expiryOf(Number(seconds) * 1_000, 'reading') };
}

/** The element for a time: whole seconds; 0 for none, for which the extension has no word yet. */
export function ephemeralElement(expires: Expiry | undefined): Element {
  const seconds = expires === undefined ? 0 : Math.max(1, Math.round(expires.afterMs / 1_000));
  return xml('ephemeral', { xmlns: namespaces.ephemeral, timer: String(seconds) });
}
