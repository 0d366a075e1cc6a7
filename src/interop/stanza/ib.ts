/** What concerns the connection and no chat: `ib` is named by [O], its contents are public client knowledge [P]. */
import type { Address } from '../node/address.ts';
import { children, makeNode, type Node } from '../node/node.ts';
import { ibNames, names, stanzaTags } from '../profile/stanza-profile.ts';
import { addressText, numberText } from './envelope.ts';
import { fieldsOf, type Fields } from './fields.ts';
import type { StanzaFailed } from './failed.ts';

export interface IbStanza {
  readonly kind: 'ib';
  readonly from: Address | undefined;
  readonly about: Bulletin;
}

export type Bulletin =
  /** All that waited in the mailbox has been sent: so many stanzas. */
  | { readonly kind: 'offline-end'; readonly count: number }
  /** So much waits in the mailbox. */
  | { readonly kind: 'offline-preview'; readonly count: number }
  /** A client asks for the next stanzas of its mailbox. */
  | { readonly kind: 'offline-batch'; readonly count: number }
  /** Something of the account changed elsewhere: ask again for it. */
  | { readonly kind: 'dirty'; readonly type: string; readonly timestamp: number | undefined }
  /** What to give in the next connection's first frame, to reach the same edge. */
  | { readonly kind: 'routing'; readonly info: Uint8Array }
  | { readonly kind: 'other'; readonly content: readonly Node[] };

/** Reads a bulletin. */
export function parseIb(node: Node): IbStanza | StanzaFailed {
  const fields = fieldsOf(node);
  const stanza: IbStanza = { kind: 'ib', from: fields.maybeAddress(names.from), about: readBulletin(fields) };
  return fields.failed() ?? stanza;
}

/** The node of a bulletin. */
export function renderIb({ from, about }: IbStanza): Node {
  return makeNode(stanzaTags.ib, { [names.from]: addressText(from) }, contentOf(about));
}

function readBulletin(fields: Fields): Bulletin {
  for (const [kind, tag] of counted) {
    const found = fields.maybeChild(tag);
    if (found !== undefined) return { kind, count: found.number(names.count) };
  }
  const dirty = fields.maybeChild(ibNames.dirty);
  if (dirty !== undefined) {
    return { kind: 'dirty', type: dirty.text(names.type), timestamp: dirty.maybeNumber(ibNames.timestamp) };
  }
  const routing = fields.maybeChild(ibNames.routing);
  if (routing !== undefined) return { kind: 'routing', info: routing.child(ibNames.routingInfo).bytes() };
  return { kind: 'other', content: children(fields.node) };
}

const counted = [
  ['offline-end', ibNames.offline],
  ['offline-preview', ibNames.preview],
  ['offline-batch', ibNames.batch],
] as const;

function contentOf(about: Bulletin): readonly Node[] {
  switch (about.kind) {
    case 'offline-end':
      return [makeNode(ibNames.offline, { [names.count]: String(about.count) })];
    case 'offline-preview':
      return [makeNode(ibNames.preview, { [names.count]: String(about.count) })];
    case 'offline-batch':
      return [makeNode(ibNames.batch, { [names.count]: String(about.count) })];
    case 'dirty': {
      const attrs = { [names.type]: about.type, [ibNames.timestamp]: numberText(about.timestamp) };
      return [makeNode(ibNames.dirty, attrs)];
    }
    case 'routing':
      return [makeNode(ibNames.routing, {}, [makeNode(ibNames.routingInfo, {}, about.info)])];
    case 'other':
      return about.content;
  }
}
