import { matrixUserId, networkId } from '../../../src/core/ids.ts';
import type { DoctorContext, ProbeAnswer, ProbeRequest } from '../../../src/doctor/context.ts';

export const now = Date.parse('2030-01-01T00:00:00Z');
export const answer = (json: Record<string, unknown>, status = 200): ProbeAnswer => ({
  kind: 'answer',
  status,
  json,
  text: JSON.stringify(json),
  date: now,
  ms: 3,
});
export const refused = (errcode: string, status: number, more = {}): ProbeAnswer =>
  answer({ errcode, ...more }, status);

/** A homeserver that is well; `change` answers instead where it answers at all. */
export function context(
  change: (request: ProbeRequest) => ProbeAnswer | undefined = () => undefined,
  rest: Partial<DoctorContext> = {},
): DoctorContext {
  return {
    homeserver: { request: async (request) => change(request) ?? well(request) },
    homeserverUrl: 'http://hs',
    domain: 'example.org',
    registration: {
      id: 'causeway',
      url: 'http://bridge',
      users: [
        { exclusive: true, regex: '@_(xmpp)_.*:example\\.org' },
        { exclusive: true, regex: '@causeway:example\\.org' },
      ],
      aliases: [{ exclusive: true, regex: '#_(xmpp)_.*:example\\.org' }],
      protocols: ['xmpp'],
      ephemeral: true,
    },
    aliases: [{ network: networkId('xmpp'), alias: '#_xmpp_doctor:example.org' }],
    bot: matrixUserId('@causeway:example.org'),
    ghosts: [{ network: networkId('xmpp'), userId: matrixUserId('@_xmpp_doctor:example.org') }],
    deviceId: 'CAUSEWAY',
    listener: { listen: async () => ({ kind: 'in-use' }) },
    database: { look: async () => ({ kind: 'open', engine: 'SQLite', schema: 1, holder: 'host, 5' }) },
    links: [{ network: networkId('xmpp'), look: async () => ({ state: 'ok', trouble: undefined }) }],
    publics: [],
    keySources: [],
    sound: { look: async () => ({ kind: 'found', version: '7.1', lacks: [] }) },
    bridge: { look: async () => [{ name: 'database', state: 'ok', trouble: undefined }] },
    now: () => now,
    ...rest,
  };
}

function well({ path }: ProbeRequest): ProbeAnswer {
  if (path.includes('/directory/')) return answer({});
  if (path.endsWith('/versions')) return answer({ versions: ['v1.12'] });
  if (path.includes('/ping')) return answer({ duration_ms: 7 });
  if (path.includes('/upload')) return answer({ content_uri: 'mxc://example.org/abc' });
  if (path.includes('/download/example.org/abc'))
    return { ...answer({}), text: 'causeway doctor' } as ProbeAnswer;
  if (path.includes('_xmpp_doctor'))
    return refused('M_FORBIDDEN', 403, { error: 'Application service has not registered this user' });
  return answer({
    user_id: '@_causeway:example.org',
    device_id: path.includes('device_id') ? 'CAUSEWAY' : undefined,
  });
}
