/** Text as the payloads of a message: plain and styled (XEP-0393), formatted (XEP-0071), an action (XEP-0245). */
import xml, { type Element } from '@xmpp/xml';
import type { FormattedText } from '../../core/event.ts';
import { parseHtml } from '../../core/html.ts';
import { xmlText } from './characters.ts';
import { namespaces } from './namespaces.ts';
import { actionPrefix } from './remote-content.ts';
import { styledText } from './styled-text.ts';
import { hasFormat, isStyled } from './styling.ts';
import { renderXhtmlIm } from './xhtml-im.ts';

/** What a person says. Text that only looks like an action is kept from being one by a space before it. */
export function textElements(text: FormattedText): readonly Element[] {
  return elements(text, (body) => (body.startsWith(actionPrefix) ? ' ' : ''));
}

/** What a person does. */
export function actionElements(text: FormattedText): readonly Element[] {
  return elements(text, () => actionPrefix);
}

function elements({ plain, html }: FormattedText, prefixOf: (body: string) => string): readonly Element[] {
  const nodes = html === undefined ? [] : parseHtml(html);
  const formatted = hasFormat(nodes);
  const styled = formatted ? xmlText(styledText(nodes)) : '';
  const text = styled.trim() === '' ? xmlText(plain) : styled;
  const prefix = prefixOf(text);
  const body = xml('body', {}, prefix + text);
  if (formatted) return [body, renderXhtmlIm(nodes, prefix)];
  return isStyled(prefix + text) ? [body, xml('unstyled', { xmlns: namespaces.styling })] : [body];
}
