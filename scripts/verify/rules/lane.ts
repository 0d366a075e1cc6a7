import { eventually } from '../../../test/conformance/eventually.ts';
import type { Feature } from '../../../src/core/network.ts';
import type { Deed, End, Named, Shape } from './end.ts';
import { MatrixEnd } from './matrix-end.ts';
import type { RuleJson } from './rule-api.ts';
import type { ChatKind, WayName } from './scenario.ts';
import type { Stage } from './stage.ts';

type Json = Readonly<Record<string, unknown>>;

const patienceMs = 20_000;
/** How long what is told in passing may take to arrive after something that was said later. */
const passingMs = 400;
const emojis = Array.from(
  '👍👎😀😂😍😎😢😡🎉🎈🎁🎶🌍🌞🌈🌊🍀🍎🍕🍰🚀🚲🚗🏠📚📷🔑🔔💡💎🐱🐶🐢🐝🦊🦁🐼🐧🐳🦋🌵🌻🍇🍋🍓🥕🥑🧀🍩🍪',
);

/** One way across the bridge in one kind of chat. Lanes do not get into each other's way: each rule is for one lane. */
export interface Lane {
  readonly chat: ChatKind;
  readonly way: Exclude<WayName, 'both ways'>;
  readonly from: End;
  readonly to: End;
  /** In a group: somebody else who says something there. */
  readonly aside: { readonly from: End; readonly to: End } | undefined;
  /** What narrows a rule to this lane. */
  readonly narrow: Json;
  /** What narrows a rule to the one who does it, beside that. */
  readonly doer: Json;
}

/** The four lanes of a stage. */
export function lanesOf({ direct, group }: Stage): readonly Lane[] {
  const alice = { users: ['@alice:localhost'] };
  const bob = { people: ['/bob@.*/'] };
  const toNetwork = { way: 'to XMPP', doer: alice } as const;
  const toMatrix = { way: 'to Matrix', doer: bob } as const;
  const narrow = (chats: ChatKind, direction: string): Json => ({ chats, direction });
  return [
    {
      ...{ ...toNetwork, chat: 'direct', aside: undefined, narrow: narrow('direct', 'to-network') },
      ...{ from: direct.matrix, to: direct.xmpp },
    },
    {
      ...{ ...toMatrix, chat: 'direct', aside: undefined, narrow: narrow('direct', 'to-matrix') },
      ...{ from: direct.xmpp, to: direct.matrix },
    },
    {
      ...{ ...toNetwork, chat: 'group', aside: group.erinToBob, narrow: narrow('group', 'to-network') },
      ...{ from: group.matrix, to: group.xmpp },
    },
    {
      ...{ ...toMatrix, chat: 'group', aside: group.carolToAlice, narrow: narrow('group', 'to-matrix') },
      ...{ from: group.xmpp, to: group.matrix },
    },
  ];
}

/** A rule for one lane. */
export function ruleFor(lane: Lane, id: string, rest: Json): RuleJson {
  return { id: `${id}-${lane.chat}-${lane.way === 'to XMPP' ? 'out' : 'in'}`, ...lane.narrow, ...rest };
}

/** Says something on one side, and waits until it is on the other. */
export async function exchange(by: End, at: End, text: string): Promise<Named> {
  const said = await by.say(text);
  const heard = await at.heard(text);
  return by instanceof MatrixEnd
    ? { matrix: said.name, xmpp: heard.name, stanza: heard.stanza }
    : { matrix: heard.name, xmpp: said.name, stanza: said.stanza };
}

let next = 0;
const nothing: Named = { matrix: '', xmpp: '', stanza: '' };

/** Something that is about no other message, with a mark of its own. */
export function plainDeed(feature: Feature, more: Partial<Deed> = {}): Deed {
  const number = (next += 1);
  return { feature, mark: `${feature}-${number}x`, emoji: '👍', own: nothing, other: nothing, ...more };
}

/** What is to be done, with a mark of its own, about messages that both sides know. */
export async function deedOf(lane: Lane, feature: Feature): Promise<Deed> {
  const deed = plainDeed(feature);
  const { mark } = deed;
  const emoji = emojis[next % emojis.length] ?? deed.emoji;
  const aboutOwn = feature === 'edit' || feature === 'redaction';
  const aboutOther = ['reply', 'thread', 'reaction', 'read-receipt'].includes(feature);
  const own = aboutOwn ? await exchange(lane.from, lane.to, `mine of ${mark}`) : nothing;
  const other = aboutOther ? await exchange(lane.to, lane.from, `yours of ${mark}`) : nothing;
  return { ...deed, emoji, own, other };
}

/** Waits until a deed is seen at the far end, as it should look. */
export async function arrives(lane: Lane, deed: Deed, wanted: 'itself' | 'converted'): Promise<void> {
  let seen: Shape | undefined;
  await eventually(
    `${deed.mark} ${wanted === 'itself' ? 'as it was sent' : 'as the rule makes it'} at the far end`,
    async () => {
      seen = await lane.to.sees(deed);
      return seen === wanted || seen === 'either' ? true : undefined;
    },
    patienceMs,
    () => (seen === undefined ? 'Nothing of it is there.' : `It is there ${seen}.`),
  );
}

/** Waits until something that was said after a deed is at the far end, and says whether the deed is there. */
export async function isAbsent(lane: Lane, deed: Deed): Promise<void> {
  const { from, to } = lane.aside ?? lane;
  const isSaid = deed.feature === 'text' && lane.aside === undefined;
  const barrier = plainDeed(isSaid ? 'location' : 'text');
  await from.act(barrier);
  await eventually(
    `what was said after ${deed.mark}`,
    async () => ((await to.sees(barrier)) === undefined ? undefined : true),
    patienceMs,
  );
  if (isPassing(deed.feature)) await new Promise((resolve) => setTimeout(resolve, passingMs));
  const seen = await lane.to.sees(deed);
  if (seen !== undefined) throw new Error(`${deed.mark} is at the far end, ${seen}`);
}

/** What nobody sends by hand, and is told as it happens. */
export function isPassing(feature: Feature): boolean {
  return ['typing', 'presence', 'read-receipt', 'delivery-receipt'].includes(feature);
}
