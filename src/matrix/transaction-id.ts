import { hash } from 'node:crypto';
import type { MatrixUserId } from '../core/ids.ts';

/**
 * The transaction id of a send: the same for the same sender, cause and part, so that doing it twice does it once
 * (spec client-server 4.3.1.1). The sender belongs in it because a homeserver may remember transaction ids by
 * application service and path, not by user.
 */
export function transactionId(sender: MatrixUserId, cause: string, part: string): string {
  return hash('sha256', JSON.stringify([sender, cause, part]), 'base64url');
}
