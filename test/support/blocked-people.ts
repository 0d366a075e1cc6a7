import type { Blocked } from '../../src/core/block-store.ts';
import { blockedDoor } from '../../src/core/blocked-door.ts';
import { Blocks } from '../../src/core/blocks.ts';
import type { Contact } from '../../src/core/door.ts';
import { matrixUserId, networkId, remoteChatId, remoteUserId } from '../../src/core/ids.ts';
import { storedName, type PersonName } from '../../src/core/persons.ts';
import type { MemoryBlocks } from './memory-blocks.ts';

export const networks = [networkId('xmpp'), networkId('whatsapp'), networkId('strict')] as const;
export const [xmpp, whatsapp, strict] = networks;
export const [alice, anna] = [matrixUserId('@alice:hs.test'), matrixUserId('@anna:hs.test')];
export const admin = matrixUserId('@admin:hs.test');
export const options = {
  serverOf: (_network: string, name: string): string | undefined => /@([^/]+)$/.exec(name)?.[1],
  decidesItself: (network: string): boolean => network === strict,
};
export const load = (store: MemoryBlocks): Promise<Blocks> => Blocks.load(store, options);
export const account = (network: (typeof networks)[number], name: string) =>
  ({ kind: 'account', network, remote: remoteUserId(name) }) as const;
export const person = (name: PersonName): Blocked => ({ kind: 'person', name: storedName(name) });
export const contact = (over: Partial<Contact> = {}): Contact => ({
  ...{ network: xmpp, chat: remoteChatId('bob@x.example'), kind: 'direct', direction: 'to-matrix' },
  ...{ user: alice, remote: remoteUserId('bob@x.example'), what: 'message', first: false },
  ...over,
});
export const bob = account(xmpp, 'bob@x.example');

export async function ruleOf(blocks: Blocks, over: Partial<Contact> = {}): Promise<string> {
  const admission = await blockedDoor({ blocks, ignores: async () => false }).admit(contact(over));
  return admission.kind === 'blocked' ? `${admission.rule} told ${admission.told}` : admission.kind;
}
