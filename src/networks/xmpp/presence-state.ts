/** How a person is, in stanzas: https://www.rfc-editor.org/rfc/rfc6121#section-4.7 */
import xml, { type Element } from '@xmpp/xml';
import type { PresenceEvent } from '../../core/event.ts';
import { xmlText } from './characters.ts';

export type State = Pick<PresenceEvent, 'presence' | 'status'>;

const mostCharacters = 500;

/** What one client says of its user; undefined where the stanza is about something else. */
export function resourceState(
  type: string | undefined,
  show: string | undefined,
  status: string | undefined,
): State | undefined {
  const said = clean(status);
  if (type === 'unavailable') return { presence: 'offline', status: said };
  if (type !== undefined) return undefined;
  switch (show?.trim()) {
    case 'away':
    case 'xa':
    case 'dnd':
      return { presence: 'away', status: said };
    default:
      return { presence: 'online', status: said };
  }
}

/** The state of who has several clients: that of the one that is most there. */
export function bestOf(states: readonly State[]): State | undefined {
  return states.find(({ presence }) => presence === 'online') ?? states[0];
}

/** The type and the children of a presence stanza that says so. */
export function presenceElements({ presence, status }: State): {
  readonly type: 'unavailable' | undefined;
  readonly children: readonly Element[];
} {
  const said = clean(status);
  const text = said === undefined ? [] : [xml('status', {}, said)];
  switch (presence) {
    case 'online':
      return { type: undefined, children: text };
    case 'away':
      return { type: undefined, children: [xml('show', {}, 'away'), ...text] };
    case 'offline':
      return { type: 'unavailable', children: text };
  }
}

function clean(status: string | undefined): string | undefined {
  const text = Array.from(xmlText(status ?? '').trim())
    .slice(0, mostCharacters)
    .join('');
  return text === '' ? undefined : text;
}
