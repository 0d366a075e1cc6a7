/** Typing and presence: passing signals, public client knowledge [P]; [O] asks for typing. */
import type { Address } from '../node/address.ts';
import { makeNode, type Node } from '../node/node.ts';
import {
  chatstateNames,
  names,
  presenceNames,
  presenceTypes,
  stanzaLimits,
  stanzaTags,
} from '../profile/stanza-profile.ts';
import { addressText } from './envelope.ts';
import { fieldsOf } from './fields.ts';
import type { StanzaFailed } from './failed.ts';

export interface ChatstateStanza {
  readonly kind: 'chatstate';
  readonly from: Address | undefined;
  readonly to: Address | undefined;
  readonly participant: Address | undefined;
  /** Recording is the typing of a voice message. */
  readonly state: 'composing' | 'recording' | 'paused';
}

export interface PresenceStanza {
  readonly kind: 'presence';
  readonly from: Address | undefined;
  readonly to: Address | undefined;
  /** Absent where only a name is told. */
  readonly type: (typeof presenceTypes)[number] | undefined;
  readonly name: string | undefined;
  /** When somebody was last there: seconds since 1970, or a word such as `deny`. */
  readonly last: string | undefined;
}

/** Reads a typing signal. */
export function parseChatstate(node: Node): ChatstateStanza | StanzaFailed {
  const fields = fieldsOf(node);
  const composing = fields.maybeChild(chatstateNames.composing);
  if (composing === undefined) fields.child(chatstateNames.paused);
  const sound = composing?.maybeText(chatstateNames.media) === chatstateNames.audio;
  const stanza: ChatstateStanza = {
    kind: 'chatstate',
    from: fields.maybeAddress(names.from),
    to: fields.maybeAddress(names.to),
    participant: fields.maybeAddress(names.participant),
    state: composing === undefined ? 'paused' : sound ? 'recording' : 'composing',
  };
  return fields.failed() ?? stanza;
}

/** The node of a typing signal. */
export function renderChatstate({ from, to, participant, state }: ChatstateStanza): Node {
  const attrs = {
    [names.from]: addressText(from),
    [names.to]: addressText(to),
    [names.participant]: addressText(participant),
  };
  const tag = state === 'paused' ? chatstateNames.paused : chatstateNames.composing;
  const media = state === 'recording' ? chatstateNames.audio : undefined;
  return makeNode(stanzaTags.chatstate, attrs, [makeNode(tag, { [chatstateNames.media]: media })]);
}

/** Reads a presence. */
export function parsePresence(node: Node): PresenceStanza | StanzaFailed {
  const fields = fieldsOf(node);
  const type =
    fields.maybeText(names.type) === undefined ? undefined : fields.oneOf(names.type, presenceTypes);
  const stanza: PresenceStanza = {
    kind: 'presence',
    from: fields.maybeAddress(names.from),
    to: fields.maybeAddress(names.to),
    type,
    name: fields.maybeText(presenceNames.name, stanzaLimits.name),
    last: fields.maybeText(presenceNames.last),
  };
  return fields.failed() ?? stanza;
}

/** The node of a presence. */
export function renderPresence({ from, to, type, name, last }: PresenceStanza): Node {
  return makeNode(stanzaTags.presence, {
    [names.from]: addressText(from),
    [names.to]: addressText(to),
    [names.type]: type,
    [presenceNames.name]: name,
    [presenceNames.last]: last,
  });
}
