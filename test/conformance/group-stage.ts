import { eventually } from './eventually.ts';
import type { GroupChat, GroupMatrixPerson, GroupRemotePerson, GroupRig, GroupSeen } from './group-chat.ts';
import type { SeenKind, SeenOf } from './rig.ts';

/** Two of each side in one group; the first remote person owns it. */
export interface Party {
  readonly address: string;
  readonly alice: GroupMatrixPerson;
  readonly bob: GroupMatrixPerson;
  readonly carol: GroupRemotePerson;
  readonly dave: GroupRemotePerson;
  readonly alices: GroupChat;
  readonly bobs: GroupChat;
  readonly carols: GroupChat;
  readonly daves: GroupChat;
}
/** What the cases work with. */
export interface Stage {
  readonly rig: () => GroupRig;
  readonly party: () => Party;
}

export async function gather(rig: GroupRig): Promise<Party> {
  const [carol, dave] = [await rig.remotePerson(), await rig.remotePerson()];
  const [alice, bob] = [await rig.matrixPerson(), await rig.matrixPerson()];
  const { address, chat: carols } = await carol.makeGroup('The Salon');
  const daves = await dave.join(address);
  const [alices, bobs] = [await joined(alice, address), await joined(bob, address)];
  return { address, alice, bob, carol, dave, alices, bobs, carols, daves };
}

export async function joined(person: GroupMatrixPerson, address: string): Promise<GroupChat> {
  const chat = await person.join(address);
  if (chat === 'refused') throw new Error(`${person.name} was refused: ${person.notices().join('\n')}`);
  return chat;
}

export function text(
  chat: GroupChat,
  wanted: string,
): Promise<GroupSeen & { readonly what: SeenOf<'text'> }> {
  return sees(chat, 'text', (what) => what.text === wanted);
}

export function sees<K extends SeenKind>(
  chat: GroupChat,
  kind: K,
  test: (what: SeenOf<K>) => boolean,
): Promise<GroupSeen & { readonly what: SeenOf<K> }> {
  const isKind = (seen: GroupSeen): seen is GroupSeen & { readonly what: SeenOf<K> } =>
    seen.what.kind === kind;
  return eventually(
    `${kind} such as ${String(test)}`,
    () =>
      chat
        .seen()
        .filter(isKind)
        .find(({ what }) => test(what)),
    20_000,
    () => `Seen last: ${JSON.stringify(chat.seen().slice(-8))}`,
  );
}

export function texts(chat: GroupChat, pattern: RegExp): readonly string[] {
  return chat
    .seen()
    .flatMap(({ what }) => (what.kind === 'text' && pattern.test(what.text) ? [what.text] : []));
}

export async function becomes<T>(probe: () => Promise<T>, wanted: T): Promise<void> {
  let last: T | undefined;
  await eventually(
    String(wanted),
    async () => {
      last = await probe();
      return last === wanted || undefined;
    },
    20_000,
    () => `It was ${String(last)}.`,
  );
}
