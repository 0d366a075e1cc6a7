/**
 * Text as the payloads of a message: plain and styled (XEP-0393), formatted (XEP-0071), an action (XEP-0245), hidden
 * (XEP-0382), with whom it calls (XEP-0372).
 */
import xml, { type Element } from '@xmpp/xml';
import type { FormattedText, Mentions, Party } from '../../core/event.ts';
import { parseHtml } from '../../core/html.ts';
import { hasFormat } from '../../core/marked-reader.ts';
import { withMarks } from '../../core/spoiler-marks.ts';
import { xmlText } from './characters.ts';
import { mentionElements } from './mentions.ts';
import { namespaces } from './namespaces.ts';
import { actionPrefix } from './remote-content.ts';
import { spoilerElement, unhidden } from './spoilers.ts';
import { isStyled, styledText } from './styling.ts';
import { renderXhtmlIm } from './xhtml-im.ts';

/** Whom a text calls, and under which addresses. */
export interface Calls {
  readonly mentions: Mentions;
  readonly addressOf: (party: Party) => string;
}

/** What a person says. Text that only looks like an action is kept from being one by a space before it. */
export function textElements(text: FormattedText, calls: Calls): readonly Element[] {
  return elements(text, calls, (body) => (body.startsWith(actionPrefix) ? ' ' : ''));
}

/** What a person does. */
export function actionElements(text: FormattedText, calls: Calls): readonly Element[] {
  return elements(text, calls, () => actionPrefix);
}

function elements(
  { plain, html }: FormattedText,
  { mentions, addressOf }: Calls,
  prefixOf: (body: string) => string,
): readonly Element[] {
  const said = html === undefined ? [] : parseHtml(html);
  const spoiler = unhidden(said);
  const nodes = withMarks(spoiler?.nodes ?? said);
  const formatted = hasFormat(nodes);
  const styled = hasFormat(said) ? xmlText(styledText(nodes)) : '';
  const text = styled.trim() === '' ? xmlText(plain) : styled;
  const prefix = prefixOf(text);
  const body = prefix + text;
  return [
    xml('body', {}, body),
    ...(formatted ? [renderXhtmlIm(nodes, prefix)] : []),
    ...(!formatted && isStyled(body) ? [xml('unstyled', { xmlns: namespaces.styling })] : []),
    ...(spoiler === undefined ? [] : [spoilerElement(spoiler.hint)]),
    ...mentionElements(body, nodes, mentions, addressOf),
  ];
}
