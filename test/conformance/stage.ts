import type { Chat, MatrixPerson, RemotePerson, Rig } from './rig.ts';

/** Two people who have a chat, seen from both ends. */
export interface Pair {
  readonly matrix: MatrixPerson;
  readonly remote: RemotePerson;
  readonly matrixChat: Chat;
  readonly remoteChat: Chat;
}

/** What cases work with: the rig and one pair that most of them share. */
export interface Stage {
  rig(): Rig;
  pair(): Pair;
}

/** One way across the bridge: who sends, and who sees it. */
export interface Way {
  readonly name: string;
  readonly from: (pair: Pair) => Chat;
  readonly to: (pair: Pair) => Chat;
}
export const ways: readonly Way[] = [
  { name: 'to Matrix', from: (pair) => pair.remoteChat, to: (pair) => pair.matrixChat },
  { name: 'to the network', from: (pair) => pair.matrixChat, to: (pair) => pair.remoteChat },
];

/** Two new people, and a chat of theirs that a first message from the network opened. */
export async function acquaint(rig: Rig): Promise<Pair> {
  const [matrix, remote] = [await rig.matrixPerson(), await rig.remotePerson()];
  const remoteChat = remote.chatWith(matrix.userId);
  await remoteChat.say('hello');
  return { matrix, remote, matrixChat: await matrix.chatWith(remote), remoteChat };
}
