/** Names of people: https://xmpp.org/extensions/xep-0172.html (nicknames), https://xmpp.org/extensions/xep-0054.html */
import xml, { type Element } from '@xmpp/xml';
import type { Link } from './client.ts';
import { namespaces } from './link-namespaces.ts';

const patienceMs = 3000;

/** The name that a person goes by, where their server tells it in a short time. */
export async function askName(link: Link, from: string, to: string): Promise<string | undefined> {
  const ask = async (child: Element): Promise<Element | undefined> => {
    const answer = await link.ask({ type: 'get', from, to, child }, patienceMs);
    return answer.kind === 'result' ? answer.stanza : undefined;
  };
  const items = xml('pubsub', namespaces.pubsub, xml('items', { node: namespaces.nick, max_items: '1' }));
  const [published, card] = await Promise.all([ask(items), ask(xml('vCard', namespaces.vcard))]);
  const vcard = card?.getChild('vCard', namespaces.vcard);
  const nick = published
    ?.getChild('pubsub', namespaces.pubsub)
    ?.getChild('items')
    ?.getChild('item')
    ?.getChildText('nick', namespaces.nick);
  return [nick, vcard?.getChildText('FN'), vcard?.getChildText('NICKNAME')]
    .map((name) => cleanName(name ?? ''))
    .find((name) => name !== '');
}

/** A name on one line, of at most 100 characters, without what turns or hides text. */
function cleanName(name: string): string {
  const line = name
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\p{Cf}\p{Cs}\p{Cn}]/gu, (char) => (char === '\u200d' ? char : ''))
    .trim();
  return Array.from(line).slice(0, 100).join('');
}
