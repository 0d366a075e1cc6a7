import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { SeenEvent } from '../support/matrix-event.ts';
import type { MatrixUser } from '../support/matrix-user.ts';

/** What a homeserver has to read goes in the clear in every room. */
const inTheClear = new Set(['m.reaction', 'm.room.redaction', 'com.beeper.message_send_status']);

/** A rig that knows at which clients its people are. */
export interface SecretRig {
  /** The clients of all users of the homeserver so far. */
  readonly clients: readonly MatrixUser[];
}

/** After everything else: all that was said in a rig whose rooms are encrypted was so, and bears no shield. */
export function secrecyCases(stage: { rig(): SecretRig }): void {
  it('says everything encrypted, to be opened without a shield', async () => {
    const { clients } = stage.rig();
    const faults: string[] = [];
    let sealed = 0;
    for (const client of clients) {
      for (const event of said(client)) {
        const fault = await faultOf(client, event);
        if (fault === undefined) sealed += 1;
        else faults.push(`${client.userId}: ${fault} ${event.type} ${event.eventId} of ${event.sender}`);
      }
    }
    assert.deepEqual(faults, []);
    assert.ok(sealed > 0, 'nothing was said');
  });
}

/** What others said and the client has; of what is redacted nothing is left to be looked at. */
function said(client: MatrixUser): readonly SeenEvent[] {
  const events = client.sdk.getRooms().flatMap(({ roomId }) => meant(client, roomId));
  const redacted = new Set(events.map(({ redacts }) => redacts));
  return events
    .filter(({ sender, stateKey }) => sender !== client.userId && stateKey === undefined)
    .filter(({ type, content }) => !inTheClear.has(type) && Object.keys(content).length > 0)
    .filter(({ eventId }) => !redacted.has(eventId));
}

/** What came while this person was in a room or invited to it: the keys of everything else are not for them. */
function meant(client: MatrixUser, roomId: string): readonly SeenEvent[] {
  let isIn = false;
  return client.timeline(roomId).filter((event) => {
    if (event.type === 'm.room.member' && event.stateKey === client.userId)
      isIn = ['join', 'invite'].includes(String(event.content['membership']));
    return isIn;
  });
}

async function faultOf(client: MatrixUser, event: SeenEvent): Promise<string | undefined> {
  if (!event.encrypted) return 'in the clear:';
  if (event.type === 'm.room.encrypted') return 'not opened:';
  const shield = await client.shieldOf(event.roomId, event.eventId);
  return shield === 'none' ? undefined : `${shield ?? 'unknown'} shield:`;
}
