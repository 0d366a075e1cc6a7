/** An account's access to one device. */
export interface MatrixSession {
  readonly baseUrl: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly accessToken: string;
}

/** Logs in with a password, which makes a new device. */
export async function passwordLogin(baseUrl: string, user: string, password: string): Promise<MatrixSession> {
  const response = await fetch(`${baseUrl}/_matrix/client/v3/login`, {
    method: 'POST',
    body: JSON.stringify({ type: 'm.login.password', identifier: { type: 'm.id.user', user }, password }),
  });
  const answer = (await response.json()) as Readonly<Record<string, unknown>>;
  const { user_id: userId, device_id: deviceId, access_token: accessToken } = answer;
  if (typeof userId !== 'string' || typeof deviceId !== 'string' || typeof accessToken !== 'string') {
    throw new Error(`The login of ${user} got ${response.status}: ${JSON.stringify(answer)}`);
  }
  return { baseUrl, userId, deviceId, accessToken };
}
