/** Reads stanzas as a client would: XEP-0308, 0444, 0424, 0066, 0461 with 0428, 0071 and 0393. */
import { attribute, bodyOf, NS, type Stanza } from '../support/xmpp-stanzas.ts';
import type { Seen } from './rig.ts';

/** What a message stanza shows to the person, nothing where it shows nothing. */
export function readStanza(stanza: Stanza, id: string): readonly Seen[] {
  const reactions = stanza.getChild('reactions', NS.reactions);
  if (reactions !== undefined) {
    const emojis = reactions.getChildren('reaction').map((reaction) => reaction.text());
    return [{ kind: 'reactions', target: attribute(reactions, 'id') ?? '', emojis }];
  }
  const retracted = retraction(stanza);
  if (retracted !== undefined) return [{ kind: 'retraction', target: retracted }];
  const url = stanza.getChild('x', NS.oob)?.getChildText('url') ?? undefined;
  if (url !== undefined) return [file(id, url)];
  const text = ownText(stanza);
  if (text === undefined) return [];
  const replaced = stanza.getChild('replace', NS.correct);
  if (replaced !== undefined) return [{ kind: 'edit', target: attribute(replaced, 'id') ?? '', text }];
  const reply = stanza.getChild('reply', NS.reply);
  const replyTo = reply && attribute(reply, 'id');
  return [{ kind: 'text', id, text, bold: bold(stanza, text), replyTo }];
}

function retraction(stanza: Stanza): string | undefined {
  const retract = stanza.getChild('retract', NS.retract1);
  if (retract !== undefined) return attribute(retract, 'id');
  const applied = stanza.getChild('apply-to', NS.fasten);
  return applied?.getChild('retract', NS.retract0) === undefined ? undefined : attribute(applied, 'id');
}

function file(id: string, url: string): Seen {
  const name = decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '');
  const load = async (): Promise<Uint8Array> => {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`The download got ${response.status}.`);
    return new Uint8Array(await response.arrayBuffer());
  };
  return { kind: 'file', id, name, image: /\.(png|jpe?g|gif|webp)$/i.test(name), load };
}

/** The body without what is marked as a quote for old clients. Positions count code points. */
function ownText(stanza: Stanza): string | undefined {
  const text = bodyOf(stanza);
  const range = stanza
    .getChildren('fallback')
    .find((fallback) => attribute(fallback, 'for') === NS.reply)
    ?.getChild('body');
  if (text === undefined || range === undefined) return text;
  const points = Array.from(text);
  const [start, end] = ['start', 'end'].map((edge) => Number(attribute(range, edge) ?? Number.NaN));
  points.splice(start ?? 0, (end ?? 0) - (start ?? 0));
  return points.join('');
}

function bold(stanza: Stanza, text: string): readonly string[] {
  const html = stanza.getChild('html', NS.xhtmlIm)?.toString() ?? '';
  const formatted = [...html.matchAll(/<(?:strong|b)[^>]*>([^<]*)</g)];
  const styled = [...text.matchAll(/(?<![^\s])\*([^\s*](?:[^*\n]*[^\s*])?)\*(?![^\s])/g)];
  return [...formatted, ...styled].map(([, word]) => word ?? '');
}
