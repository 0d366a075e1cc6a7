import type { Requester } from '../../src/matrix/client.ts';
import type { Masquerade } from '../../src/matrix/request.ts';
import type { MatrixSession } from '../../test/support/matrix-login.ts';
import type { Stage } from './stage.ts';

/** The rooms that a bot is to be in. */
export interface Rooms {
  readonly client: Requester;
  readonly bot: Masquerade;
  /** Joins the first of them. */
  readonly user: MatrixSession;
  readonly rooms: number;
  readonly say: Stage['say'];
}

const lanes = 8;

/** The bot makes so many rooms, several at once; a user joins one of them. */
export async function fillRooms({ client, bot, user, rooms, say }: Rooms): Promise<void> {
  const numbers = Array.from({ length: rooms }, (_, n) => n).values();
  let made = 0;
  const lane = async (): Promise<void> => {
    for (const n of numbers) {
      const answer = await client.request({
        ...{ method: 'POST', path: '/_matrix/client/v3/createRoom', as: bot, repeat: 'once' },
        body: { preset: 'private_chat', invite: n === 0 ? [user.userId] : [] },
      });
      if (answer.kind === 'failed') throw new Error(`A room could not be made: ${answer.reason}`);
      if (n === 0) await asUser(user, `join/${encodeURIComponent(String(answer.body['room_id']))}`, {});
      made += 1;
      if (made % 200 === 0) say(`  the bot has made ${made} of ${rooms} rooms …`);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** A device shows its keys. Nobody here looks at what they are. */
export async function newDevice(session: MatrixSession): Promise<void> {
  const { userId, deviceId } = session;
  const key = Buffer.alloc(32, 1).toString('base64').replace(/=$/, '');
  await asUser(session, 'keys/upload', {
    device_keys: {
      ...{ user_id: userId, device_id: deviceId },
      algorithms: ['m.olm.v1.curve25519-aes-sha2', 'm.megolm.v1.aes-sha2'],
      keys: { [`curve25519:${deviceId}`]: key, [`ed25519:${deviceId}`]: key },
      signatures: { [userId]: { [`ed25519:${deviceId}`]: Buffer.alloc(64, 1).toString('base64url') } },
    },
  });
}

async function asUser({ baseUrl, accessToken }: MatrixSession, path: string, body: object): Promise<void> {
  const response = await fetch(`${baseUrl}/_matrix/client/v3/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}` },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} got ${response.status}: ${text}`);
}
