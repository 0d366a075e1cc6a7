// Hostile nodes for the parser of stanzas: the words of the profile in an order of chance, with values of chance.
import { makeNode, type Node } from '../../src/interop/node/node.ts';
import * as profile from '../../src/interop/profile/stanza-profile.ts';
import { parseAnswer, renderAnswer } from '../../src/interop/stanza/answer.ts';
import { parseStanza, renderStanza } from '../../src/interop/stanza/stanza.ts';
import type { Random } from './random.ts';
import { sameNode } from './same-node.ts';
import type { Target } from './target.ts';

/** What parses must render, and parse and render to the same again; an answer too, whatever was asked. */
export const stanzas: Target = {
  name: 'stanzas',
  attempt: (random) => {
    const node = nodeOf(random, random.oneOf(Object.values(profile.stanzaTags)), 0);
    if (random.below(4) === 0) return answerOf(random, node);
    const parsed = parseStanza(node);
    if (parsed.kind === 'failed') return parsed.reason;
    const rendered = renderStanza(parsed);
    const again = parseStanza(rendered);
    if (again.kind === 'failed') throw new Error(`rendered, but does not parse: ${again.text}`);
    if (!sameNode(renderStanza(again), rendered)) throw new Error('not the same stanza after another round');
    return parsed.kind;
  },
};

/** What is asked, and the node that its answer begins with. */
const asked = [
  ['count-keys', 'count'],
  ['fetch-keys', 'list'],
  ['integrators', 'integrator_list'],
  ['look-up', 'users'],
  ['reachability', 'reachability_settings'],
  ['blocklist', 'blocklist'],
] as const;

function answerOf(random: Random, node: Node): string {
  const [kind, tag] = random.oneOf(asked);
  const parsed = parseAnswer(kind, [nodeOf(random, tag, 0), node]);
  if (parsed.kind === 'failed') return parsed.reason;
  const again = parseAnswer(kind, renderAnswer(parsed));
  if (again.kind === 'failed') throw new Error(`rendered, but does not parse: ${again.text}`);
  return 'answer';
}

/** Every word of the profile. */
const tags = Object.values(profile).flatMap((one): readonly string[] =>
  typeof one === 'string' ? [one] : typeof one === 'object' ? Object.values(one).map(String) : [],
);
const structure: Readonly<Record<string, readonly string[]>> = {
  message: ['enc', 'enc', 'body', 'unavailable'],
  receipt: ['retry', 'keys', 'registration', 'list'],
  iq: ['list', 'users', 'key', 'skey', 'identity', 'registration', 'type', 'error', 'count', 'blocklist'],
  keys: ['type', 'identity', 'key', 'skey'],
  key: ['id', 'value', 'user'],
  skey: ['id', 'value', 'signature'],
  list: ['item', 'user', 'key'],
  users: ['user'],
  user: ['registration', 'type', 'identity', 'skey', 'key', 'error'],
  blocklist: ['item'],
  ib: ['offline', 'dirty', 'offline_preview', 'edge_routing'],
  chatstate: ['composing', 'paused'],
  notification: ['count', 'identity'],
  'stream:error': ['conflict'],
  integrator_list: ['integrator', 'integrator'],
  integrator: ['features'],
  reachability_settings: ['integrator'],
};
const sizes: Readonly<Record<string, number>> = {
  identity: 32,
  value: 32,
  id: 3,
  signature: 64,
  registration: 4,
};

function nodeOf(random: Random, tag: string, depth: number): Node {
  const usual = attributesOf[tag] ?? ['id', 'type', 'count'];
  const chosen = usual.filter(() => random.below(30) > 0);
  if (random.below(5) === 0) chosen.push(random.oneOf(tags));
  const attrs = Object.fromEntries(chosen.map((name) => [name, valueOf(random, name, tag)]));
  const inside = structure[tag];
  if (inside === undefined || depth > 5) return makeNode(tag, attrs, contentOf(random, tag));
  const children = inside.filter(() => random.below(8) > 0);
  if (random.below(6) === 0) children.push(random.oneOf(tags));
  return makeNode(
    tag,
    attrs,
    children.map((one) => nodeOf(random, one, depth + 1)),
  );
}

const attributesOf: Readonly<Record<string, readonly string[]>> = {
  message: ['id', 'from', 'to', 't', 'notify', 'offline'],
  receipt: ['id', 'from', 'type', 't'],
  iq: ['id', 'from', 'type', 'xmlns'],
  ack: ['id', 'to', 'class', 'error'],
  presence: ['from', 'type', 'last'],
  enc: ['v', 'type', 'count'],
  user: ['jid', 'external_id', 'integrator_id'],
  item: ['id', 'jid', 'action'],
  integrator: ['id', 'status', 'identifier_type', 'opted_in'],
  reachability_settings: ['enabled'],
  error: ['code', 'text'],
  count: ['value'],
  failure: ['reason', 'expire'],
};

/** Values of the right kind for most attributes; any other value once in twelve times. */
function valueOf(random: Random, name: string, tag = ''): string {
  const number = String(random.below(100));
  const address = random.oneOf(['12@s.whatsapp.net', '12:3@lid', `${number}-${random.below(1000)}@interop`]);
  const flag = random.oneOf(['true', 'false']);
  const right: Readonly<Record<string, string>> = {
    ...Object.fromEntries(['to', 'from', 'participant', 'recipient', 'jid'].map((one) => [one, address])),
    ...{ v: '2', enabled: flag, opted_in: flag, group_messaging: flag },
    type: random.oneOf([
      'get',
      'set',
      'result',
      'error',
      'read',
      'retry',
      'encrypt',
      'available',
      'pkmsg',
      'msg',
    ]),
    xmlns: random.oneOf(Object.values(profile.namespaces)),
    'enc type': random.oneOf(profile.sealedTypes),
    'presence type': random.oneOf(profile.presenceTypes),
    action: random.oneOf(profile.blockActions),
    status: random.oneOf(profile.integratorStates),
    identifier_type: random.oneOf(profile.identifierTypes),
  };
  if (random.below(12) > 0) return right[`${tag} ${name}`] ?? right[name] ?? number;
  return random.oneOf([number, address, flag, random.oneOf(tags), '', '-1', 'x'.repeat(random.below(2000))]);
}

function contentOf(random: Random, tag: string): Node['content'] {
  const kind = random.below(10);
  if (kind === 0) return undefined;
  if (kind === 1) return [];
  if (kind === 2 || tag === 'body') return valueOf(random, tag);
  if (tag === 'type' && kind > 3) return Uint8Array.of(profile.keyType);
  return random.bytes(kind === 3 ? random.below(80) : (sizes[tag] ?? 1 + random.below(40)));
}
