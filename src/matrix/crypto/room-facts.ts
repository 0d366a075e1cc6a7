/** What a room's state says to those who encrypt for it: https://spec.matrix.org/v1.16/client-server-api/#mroomencryption */
import type { SealingRoom } from '../../crypto/megolm/engine.ts';
import type { MatrixUserId } from '../../core/ids.ts';
import type { JsonObject } from '../request.ts';

/** The only algorithm that rooms have. */
export const MEGOLM = 'm.megolm.v1.aes-sha2';
export const ENCRYPTION_EVENT = 'm.room.encryption';

/** How a room wants its keys changed; what it does not say has the defaults of the specification. */
export interface EncryptionSettings {
  readonly rotationPeriodMs: number | undefined;
  readonly rotationMessages: number | undefined;
}

export type HistoryVisibility = SealingRoom['historyVisibility'];

/** What is known of a room now. In a room that is not encrypted nobody is listed. */
export interface RoomFacts {
  readonly kind: 'facts';
  readonly encryption: EncryptionSettings | undefined;
  readonly visibility: HistoryVisibility;
  /** Users who have joined or are invited. Of ghosts at most the first few. */
  readonly members: ReadonlyMap<MatrixUserId, 'join' | 'invite'>;
}

const longestPeriod = 365 * 86_400_000;
const mostMessages = 10_000;

/**
 * Total: a room that has this state is encrypted, whatever it says. State cannot be taken out of a room, so one that once
 * was encrypted stays so, also when somebody empties or redacts the event.
 */
export function encryptionSettings(content: JsonObject): EncryptionSettings {
  return {
    rotationPeriodMs: countOf(content['rotation_period_ms'], longestPeriod),
    rotationMessages: countOf(content['rotation_period_msgs'], mostMessages),
  };
}

/** The specification's default, `shared`, for everything that is no visibility. */
export function historyVisibility(content: JsonObject | undefined): HistoryVisibility {
  const said = content?.['history_visibility'];
  return said === 'invited' || said === 'joined' || said === 'world_readable' ? said : 'shared';
}

/** A whole number from 1 on; what is larger than `most` counts as that. */
function countOf(value: unknown, most: number): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1
    ? Math.min(value, most)
    : undefined;
}
