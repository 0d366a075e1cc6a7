/** Requests as rows. */
import {
  matrixEventId,
  matrixUserId,
  networkId,
  remoteChatId,
  remoteUserId,
  roomId,
  type NetworkId,
  type RemoteUserId,
} from '../core/ids.ts';
import {
  requestKinds,
  requestStates,
  type MessageRequest,
  type RequestKey,
  type RequestKind,
  type RequestNotice,
  type RequestState,
} from '../core/request.ts';
import { integer, optionalInteger, optionalText, type Row, text } from './rows.ts';
import { indexed } from './stored-text.ts';

/** What a request is found by. */
export function requestKeyText({ network, user, remote, chat, kind }: RequestKey): string {
  return indexed(JSON.stringify([network, user, remote, chat, kind]));
}

/** What the requests of one person are found by. */
export function remoteKeyText(network: NetworkId, remote: RemoteUserId): string {
  return indexed(JSON.stringify([network, remote]));
}

export function requestOf(row: Row): MessageRequest {
  return {
    id: integer(row, 'id'),
    network: networkId(text(row, 'network')),
    user: matrixUserId(text(row, 'user_id')),
    remote: remoteUserId(text(row, 'remote')),
    chat: remoteChatId(text(row, 'chat')),
    kind: kindOf(text(row, 'kind')),
    number: integer(row, 'number'),
    state: stateOf(text(row, 'state')),
    since: integer(row, 'since'),
    held: integer(row, 'held'),
    dropped: integer(row, 'dropped'),
    name: optionalText(row, 'name'),
    verified: integer(row, 'verified') === 1,
    notice: noticeOf(row),
    grouped: integer(row, 'grouped') === 1,
  };
}

function kindOf(kind: string): RequestKind {
  return requestKinds.find((known) => known === kind) ?? 'direct';
}

/** The line in a management room that a row tells of. */
export function noticeOf(row: Row): RequestNotice | undefined {
  const [room, eventId] = [optionalText(row, 'notice_room'), optionalText(row, 'notice_event')];
  if (room === undefined || eventId === undefined) return undefined;
  const at = optionalInteger(row, 'notice_at') ?? 0;
  const editedAt = optionalInteger(row, 'notice_edited_at') ?? at;
  return { room: roomId(room), eventId: matrixEventId(eventId), at, editedAt };
}

/** A state that a newer release wrote reads as one that lets nothing pass. */
function stateOf(state: string): RequestState {
  return requestStates.find((known) => known === state) ?? 'declined';
}
