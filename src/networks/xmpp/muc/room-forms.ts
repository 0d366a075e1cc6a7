/** The configuration of a room by its owner: https://xmpp.org/extensions/xep-0045.html#roomconfig */
import xml, { type Element } from '@xmpp/xml';
import { failedForGood, type Failed } from '../../../core/outcome.ts';
import type { Link } from '../client.ts';
import { attribute, scrubbed } from '../stanza.ts';
import { namespaces } from './namespaces.ts';
import { failureOf } from './room-info.ts';

const patienceMs = 20_000;

/** Changes values of the room's form as its owner; all other fields stay as they are. `undefined` when it is done. */
export async function configureRoom(
  link: Link,
  owner: string,
  room: string,
  values: Readonly<Record<string, string>>,
): Promise<undefined | Failed> {
  const asked = await link.ask(
    { type: 'get', from: owner, to: room, child: xml('query', namespaces.mucOwner) },
    patienceMs,
  );
  if (asked.kind !== 'result') return failureOf(asked, 'no-such-group');
  const form = asked.stanza.getChild('query', namespaces.mucOwner)?.getChild('x', namespaces.form);
  if (form === undefined) return failedForGood('network-refused', new Error('a room without a form'));
  const child = xml('query', namespaces.mucOwner, filledForm(form, values));
  const answer = await link.ask({ type: 'set', from: owner, to: room, child: scrubbed(child) }, patienceMs);
  return answer.kind === 'result' ? undefined : failureOf(answer, 'no-such-group');
}

/** The form as it is submitted: what it holds already, with some values changed where it has a field for them. */
export function filledForm(form: Element, values: Readonly<Record<string, string>>): Element {
  const fields = form.getChildren('field').flatMap((field): Element[] => {
    const name = attribute(field, 'var');
    if (name === undefined || attribute(field, 'type') === 'fixed') return [];
    const value = values[name];
    const kept = field.getChildren('value').map((given) => xml('value', {}, given.getText()));
    const type = name === 'FORM_TYPE' ? { type: 'hidden' } : {};
    return [
      xml('field', { var: name, ...type }, ...(value === undefined ? kept : [xml('value', {}, value)])),
    ];
  });
  return xml('x', { xmlns: namespaces.form, type: 'submit' }, ...fields);
}
