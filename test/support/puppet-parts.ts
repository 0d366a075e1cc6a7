import { matrixUserId, networkId, portalId, remoteChatId, remoteUserId, roomId } from '../../src/core/ids.ts';
import { failedForGood, failedForNow, type Failed } from '../../src/core/outcome.ts';
import type { GroupPortal } from '../../src/core/portal.ts';
import type { Stores } from '../../src/core/stores.ts';
import { Puppets, type PuppetLevel } from '../../src/matrix/puppets.ts';
import { MatrixRefusal, type Answer, type MatrixRequest } from '../../src/matrix/request.ts';
import { memoryStores } from './memory-stores.ts';
import { RecordingLog } from './recording-log.ts';

export const alice = matrixUserId('@alice:hs.test');
export const xmpp = networkId('xmpp');
/** Alice's own account on the network, where she has linked one, and somebody else's. */
export const [own, bob] = [remoteUserId('own@x'), remoteUserId('bob@x')];
/** A group that both are in. */
export const group: GroupPortal = {
  kind: 'group',
  id: portalId('g'),
  key: { network: xmpp, chat: remoteChatId('room@x'), receiver: undefined },
  room: roomId('!group'),
};
export const asToken = 'the token of the second registration';

/** A refusal of the homeserver. */
export function refusal(status: number, errcode: string): Failed {
  const cause = new MatrixRefusal(status, errcode);
  return status === 401 ? failedForNow('link-down', cause) : failedForGood('forbidden', cause);
}

/** Puppets before a homeserver that is a function. */
export interface PuppetParts {
  readonly puppets: Puppets;
  readonly stores: Stores;
  readonly log: RecordingLog;
  readonly asked: MatrixRequest[];
  readonly told: string[];
  level: PuppetLevel;
  time: number;
  tellFails: boolean;
  answer: (request: MatrixRequest) => Answer | Failed;
}

export function puppetParts(registered = true): PuppetParts {
  const stores = memoryStores();
  const log = new RecordingLog();
  const parts: PuppetParts = {
    ...{ stores, log, asked: [], told: [] },
    level: 'automatic',
    time: 1_000_000,
    tellFails: false,
    answer: () => ({ kind: 'ok', body: {} }),
    puppets: new Puppets({ request: async (request) => ask(request) }, stores.puppets, {
      domain: 'hs.test',
      asToken: registered ? asToken : undefined,
      deviceId: 'CAUSEWAY',
      deviceName: 'Causeway',
      levelOf: () => parts.level,
      tell: async (_user, id, { kind }) => {
        if (parts.tellFails) return failedForNow('link-down');
        parts.told.push(`${kind} ${id}`);
        return undefined;
      },
      guests: undefined,
      log,
      now: () => parts.time,
    }),
  };
  const ask = (request: MatrixRequest): Answer | Failed => {
    parts.asked.push(request);
    return parts.answer(request);
  };
  return parts;
}
