/** Finds people: by a number or username on the asker's own connection [U], or by what is kept of them. */
import { remoteUserId, type MatrixUserId, type RemoteUserId } from '../../core/ids.ts';
import type { Directory, EventSink, RemoteProfile } from '../../core/network.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import { normaliseIdentifier } from '../../interop/identity/identifier.ts';
import { chatOf, isPersonId } from './ids.ts';
import type { Member } from './member.ts';
import type { Persons } from './persons.ts';

export interface DirectoryDeps {
  readonly member: (user: MatrixUserId) => Member | undefined;
  /** Begins to enlist a user who has enabled the network and is not enlisted yet. */
  readonly want: (user: MatrixUserId) => Promise<Member | undefined>;
  readonly identifierOf: (user: MatrixUserId) => string | undefined;
  readonly persons: Persons;
  readonly sink: Pick<EventSink, 'samePerson'>;
  /** The number under which people of the host itself are looked up [G]. */
  readonly integrator: number;
  readonly patience: number;
}

const longest = 320;

export function createDirectory(deps: DirectoryDeps): Directory {
  const { persons } = deps;
  return {
    find: (typed, asker) => find(deps, typed.trim(), asker),
    chatWith: chatOf,
    addressOf: (user) => deps.identifierOf(user) ?? user,
    profile: async (user) => profileOf(user, (await persons.find(user))?.name),
  };
}

/** Whoever is known is found by their id; others are looked up, which takes somebody who asks. */
async function find(
  deps: DirectoryDeps,
  typed: string,
  asker: MatrixUserId | undefined,
): Promise<RemoteProfile | Failed> {
  const { persons } = deps;
  if (isPersonId(typed)) {
    const known = await persons.find(remoteUserId(typed));
    if (known !== undefined) return profileOf(remoteUserId(typed), known.name);
  }
  if (asker === undefined || typed === '' || typed.length > longest) return failedForGood('no-such-user');
  const number = normaliseIdentifier('phone', typed);
  const looked = await lookUp(deps, number ?? typed, asker);
  if ('reason' in looked) return looked;
  const { person } = looked;
  await persons.met(person, undefined);
  // The host itself says whose number it is.
  if (number !== undefined)
    await deps.sink.samePerson?.(person.id, { kind: 'address', address: `tel:${number}` });
  return profileOf(person.id, (await persons.find(person.id))?.name);
}

async function lookUp(
  deps: DirectoryDeps,
  externalId: string,
  asker: MatrixUserId,
): Promise<{ readonly person: NonNullable<ReturnType<Persons['at']>> } | Failed> {
  const member = deps.member(asker) ?? (await deps.want(asker));
  if (member === undefined) return failedForGood('not-enabled');
  const enlisted = await member.enlisted(deps.patience);
  if ('kind' in enlisted) return enlisted;
  const connection = await member.link(deps.patience);
  if ('kind' in connection) return connection;
  const answer = await connection.ask({
    kind: 'look-up',
    wanted: [{ externalId, integrator: deps.integrator }],
  });
  if (answer.kind === 'failed') return answer;
  const [found] = answer.kind === 'found' ? answer.users : [];
  if (found === undefined) return failedForNow('network-refused');
  if (found.kind === 'refused')
    return found.error.code === 429 ? failedForNow('rate-limited') : failedForGood('no-such-user');
  const person = deps.persons.at(found.address);
  return person === undefined ? failedForGood('no-such-user') : { person };
}

function profileOf(userId: RemoteUserId, name: string | undefined): RemoteProfile {
  return { userId, chat: chatOf(userId), name };
}
