/** Displayed markers: https://xmpp.org/extensions/xep-0333.html, as they are and with what earlier versions had besides. */
import xml, { type Element } from '@xmpp/xml';
import type { RemoteMessageId } from '../../core/ids.ts';
import { namespaces } from './people-namespaces.ts';
import { idIn } from './stanza.ts';

/** What a client tells of a message and, where it was read, of all before it. */
export interface Marker {
  readonly receipt: 'read' | 'delivered';
  readonly id: RemoteMessageId;
}

const kinds = [
  ['displayed', 'read'],
  ['acknowledged', 'read'],
  ['received', 'delivered'],
] as const;

/** The markers in a stanza; one without a name of a message is none. */
export function markersIn(stanza: Element): readonly Marker[] {
  return kinds.flatMap(([name, receipt]) => {
    const marker = stanza.getChild(name, namespaces.markers);
    const id = marker === undefined ? undefined : idIn(marker);
    return id === undefined ? [] : [{ receipt, id }];
  });
}

/** Says that a message has been displayed; stored, so that the person's other clients learn of it. */
export function markerElements(id: RemoteMessageId): readonly Element[] {
  return [xml('displayed', { xmlns: namespaces.markers, id }), xml('store', { xmlns: namespaces.hints })];
}
