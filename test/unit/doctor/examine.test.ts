import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { networkId } from '../../../src/core/ids.ts';
import type { Trouble } from '../../../src/core/trouble.ts';
import type {
  BridgePart,
  DatabaseState,
  DoctorContext,
  ProbeAnswer,
  ProbeRequest,
} from '../../../src/doctor/context.ts';
import { examine } from '../../../src/doctor/examine.ts';
import { isWell, reportJson, reportText } from '../../../src/doctor/report.ts';
import { answer, context, now, refused } from './doctor-context.ts';

/** The findings that are not well. */
async function complaints(...args: Parameters<typeof context>): Promise<string[]> {
  const results = await examine(context(...args));
  return results
    .filter(({ finding }) => finding.kind === 'fail' || finding.kind === 'warn')
    .map(({ finding }) => `${finding.kind} ${finding.told.key}`);
}

describe('the doctor', () => {
  it('finds nothing where all is well', async () => {
    const results = await examine(context());
    assert.ok(isWell(results));
    assert.equal(results.length, 16);
    assert.match(reportText('en', results), /^✓ Homeserver .*answers in 3 ms\n[^✗]*All is well\.\n$/s);
    assert.match(reportText('ar', results), /كل شيء على ما يرام/);
    assert.equal((JSON.parse(reportJson('en', results)) as { ok: boolean }).ok, true);
  });

  it('does not ask further where the homeserver does not answer, but looks at the rest', async () => {
    const results = await examine(context(() => ({ kind: 'unreachable', code: 'ECONNREFUSED' })));
    assert.deepEqual(
      results.map(({ finding }) => finding.kind),
      [
        'fail',
        'skipped',
        'skipped',
        'skipped',
        'skipped',
        'ok',
        'skipped',
        'skipped',
        'skipped',
        'ok',
        'ok',
        'ok',
        'ok',
        'ok',
        'ok',
        'ok',
      ],
    );
    assert.match(reportText('en', results), /✗ Homeserver .*ECONNREFUSED.*homeserver\.url/);
    assert.ok(!isWell(results));
  });

  it('tells of encrypted messages that wait for their keys', async () => {
    const state = { kind: 'open', engine: 'SQLite', schema: 9, holder: undefined, waitingForKey: 2 } as const;
    const found = await complaints(undefined, { database: { look: async () => state } });
    assert.deepEqual(found, ['warn doctor.waiting.some']);
  });

  it('counts what waits of strangers, and tells when it is near the bounds', async () => {
    const look = async (requests: { count: number; fill: number }): Promise<readonly string[]> => {
      const state = { kind: 'open', engine: 'SQLite', schema: 9, holder: undefined, requests } as const;
      return complaints(undefined, { database: { look: async () => state } });
    };
    assert.deepEqual(await look({ count: 3, fill: 0.5 }), []);
    assert.deepEqual(await look({ count: 3, fill: 0.95 }), ['warn doctor.requests.full']);
  });

  const of = (part: string, made: ProbeAnswer) => (request: ProbeRequest) =>
    request.path.includes(part) ? made : undefined;
  const cases: readonly (readonly [string, Parameters<typeof context>, readonly string[]])[] = [
    [
      'an address that is no homeserver',
      [of('/versions', answer({}, 404))],
      ['fail doctor.homeserver.not-matrix'],
    ],
    [
      'an unknown as_token',
      [of('whoami', refused('M_UNKNOWN_TOKEN', 401))],
      ['fail doctor.as-token.unknown'],
    ],
    [
      'another server',
      [of('whoami', answer({ user_id: '@x:other' }))],
      ['fail doctor.as-token.other-server'],
    ],
    [
      'a wrong hs_token',
      [of('/ping', refused('M_BAD_STATUS', 502, { status: 403 }))],
      ['fail doctor.ping.wrong-token'],
    ],
    [
      'a stranger at the URL',
      [of('/ping', refused('M_BAD_STATUS', 502, { status: 404 }))],
      ['fail doctor.ping.bad-status'],
    ],
    [
      'no way to the bridge',
      [of('/ping', refused('M_CONNECTION_FAILED', 502))],
      ['fail doctor.ping.connection'],
    ],
    [
      'a slow way to the bridge',
      [of('/ping', refused('M_CONNECTION_TIMEOUT', 504))],
      ['fail doctor.ping.timeout'],
    ],
    ['no URL', [of('/ping', refused('M_URL_NOT_SET', 400))], ['fail doctor.ping.no-url']],
    ['another id', [of('/ping', refused('M_FORBIDDEN', 403))], ['fail doctor.ping.wrong-id']],
    ['a homeserver without ping', [of('/ping', refused('M_UNRECOGNIZED', 404))], ['warn doctor.ping.old']],
    [
      'masquerading that is ignored',
      [of('device_id', answer({ user_id: '@causeway:example.org' }))],
      ['fail doctor.device.ignored'],
    ],
    [
      'no ffmpeg',
      [undefined, { sound: { look: async () => ({ kind: 'none' }) } }],
      ['warn doctor.sound.none'],
    ],
    [
      'an ffmpeg without encoders',
      [undefined, { sound: { look: async () => ({ kind: 'found', version: '7', lacks: ['aac'] }) } }],
      ['warn doctor.sound.lacks'],
    ],
    ['an upload that fails', [of('/upload', refused('M_TOO_LARGE', 413))], ['fail doctor.media.upload']],
    ['an upload that is refused', [of('/upload', refused('M_FORBIDDEN', 403))], ['fail doctor.media.upload']],
    [
      'a download that fails',
      [of('/download', refused('M_UNRECOGNIZED', 404))],
      ['fail doctor.media.download'],
    ],
    ['a download that differs', [of('/download', answer({}))], ['fail doctor.media.differs']],
    ['a clock that is off a little', [undefined, { now: () => now + 10_000 }], ['warn doctor.clock.off']],
    ['a clock that is off', [undefined, { now: () => now - 90_000 }], ['fail doctor.clock.off']],
    [
      'an address that cannot be listened on',
      [undefined, { listener: { listen: async () => ({ kind: 'failed', code: 'EACCES' }) } }],
      ['fail doctor.ping.cannot-listen'],
    ],
    [
      'a link that is down',
      [
        undefined,
        {
          links: [
            { network: networkId('xmpp'), look: async () => ({ state: 'failed', trouble: 'link-secret' }) },
          ],
        },
      ],
      ['fail doctor.link.trouble'],
    ],
    [
      'a link that takes its time',
      [
        undefined,
        {
          links: [
            {
              network: networkId('xmpp'),
              look: async () => ({ state: 'failed', trouble: 'link-connecting' }),
            },
          ],
        },
      ],
      ['warn doctor.link.trouble'],
    ],
  ];
  for (const [what, args, expected] of cases)
    it(`recognises ${what}`, async () => assert.deepEqual(await complaints(...args), expected));

  it('recognises a registration that asks for no signals', async () => {
    const quiet = { registration: { ...context().registration, ephemeral: false } };
    assert.deepEqual(await complaints(undefined, quiet), ['warn doctor.signals.not-asked']);
  });

  it('recognises a registration that knows nothing of aliases, or that the homeserver does not have', async () => {
    const registration = (changed: Partial<DoctorContext['registration']>): Partial<DoctorContext> => ({
      registration: { ...context().registration, ...changed },
    });
    const [own] = context().registration.aliases;
    assert.ok(own !== undefined);
    for (const aliases of [[], [{ ...own, exclusive: false }], [{ ...own, regex: '(' }]]) {
      assert.deepEqual(await complaints(undefined, registration({ aliases })), [
        'warn doctor.aliases.missing',
      ]);
    }
    assert.deepEqual(await complaints(undefined, registration({ protocols: [] })), [
      'warn doctor.aliases.protocols',
    ]);
    const asked: string[] = [];
    const found = await complaints((request) => {
      if (!request.path.includes('/directory/')) return undefined;
      asked.push(`${request.method} ${decodeURIComponent(request.path)}`);
      return refused('M_EXCLUSIVE', 400);
    });
    assert.deepEqual(found, ['warn doctor.aliases.homeserver']);
    assert.deepEqual(asked, ['DELETE /_matrix/client/v3/directory/room/#_xmpp_doctor:example.org']);
    // Where rooms get none, nothing is looked at.
    assert.deepEqual(await complaints(undefined, { ...registration({ aliases: [] }), aliases: [] }), []);
  });

  it('recognises namespaces that do not fit', async () => {
    const registration = (users: DoctorContext['registration']['users']): Partial<DoctorContext> => ({
      registration: { ...context().registration, users },
    });
    const [ghosts, bot] = context().registration.users;
    assert.ok(ghosts !== undefined && bot !== undefined);
    assert.deepEqual(await complaints(undefined, registration([ghosts])), ['fail doctor.namespaces.missing']);
    assert.deepEqual(await complaints(undefined, registration([{ ...ghosts, regex: '(' }, bot])), [
      'fail doctor.namespaces.missing',
    ]);
    assert.deepEqual(await complaints(undefined, registration([{ ...ghosts, exclusive: false }, bot])), [
      'fail doctor.namespaces.not-exclusive',
    ]);
    const outside = refused('M_FORBIDDEN', 403, {
      error: 'Application service cannot masquerade as this user',
    });
    assert.deepEqual(await complaints(of('_xmpp_doctor', outside)), ['fail doctor.namespaces.homeserver']);
  });

  it('makes the device where the homeserver does not know it', async () => {
    let made = false;
    const found = await complaints(({ method, path }) => {
      if (method === 'PUT') made = true;
      return path.includes('whoami') && path.includes('device_id') && !made
        ? refused('M_UNKNOWN_DEVICE', 400)
        : undefined;
    });
    assert.deepEqual([found, made], [[], true]);
  });

  it('tells what a running bridge says of its parts, and of each link apart', async () => {
    const part = (name: string, state: 'degraded' | 'failed', trouble: Trouble): BridgePart => ({
      name,
      state,
      trouble,
    });
    const looked = async (...parts: readonly BridgePart[]): Promise<string> =>
      reportText('en', await examine(context(undefined, { bridge: { look: async () => parts } })));
    assert.match(
      await looked(part('database', 'failed', 'database-full')),
      /✗ The running bridge .*disk.*full/,
    );
    assert.match(await looked(part('clock', 'degraded', 'clock-off')), /! The running bridge .*NTP/);
    assert.match(await looked(part('xmpp', 'failed', 'link-stuck')), /✓ The running bridge .*well/);
    const none = await examine(context(undefined, { bridge: { look: async () => undefined } }));
    assert.match(reportText('en', none), /✓ The running bridge .*no bridge runs/);
  });

  it('recognises what is wrong with a database', async () => {
    const states: readonly (readonly [DatabaseState, string])[] = [
      [{ kind: 'failed', code: 'SQLITE_CANTOPEN' }, 'fail doctor.database.failed'],
      [{ kind: 'failed', code: 'SQLITE_BUSY' }, 'fail doctor.database.busy'],
      [{ kind: 'failed', code: '53100' }, 'fail doctor.database.full'],
      [{ kind: 'newer' }, 'fail doctor.database.newer'],
      [{ kind: 'wrong-key' }, 'fail doctor.database.wrong-key'],
    ];
    for (const [state, expected] of states)
      assert.deepEqual(await complaints(undefined, { database: { look: async () => state } }), [expected]);
  });

  it('survives a check that breaks', async () => {
    const database = { look: async () => Promise.reject(new RangeError('x')) };
    assert.deepEqual(await complaints(undefined, { database }), ['fail doctor.crashed']);
  });

  it('stops listening after the ping', async () => {
    let open = 0;
    const listener: DoctorContext['listener'] = {
      listen: async () => {
        open += 1;
        return { kind: 'listening', [Symbol.asyncDispose]: async () => void (open -= 1) };
      },
    };
    await examine(context(undefined, { listener }));
    assert.equal(open, 0);
  });

  it('looks at the second registration where there is one, with its own token', async () => {
    const users = [{ exclusive: false, regex: '@.*:example\\.org' }];
    const missing = { error: 'Application service has not registered this user (@doctor)' };
    for (const [found, key, registered] of [
      [refused('M_FORBIDDEN', 403, missing), 'double-puppet.ok', users],
      [answer({ user_id: '@doctor.double.puppet:example.org' }), 'double-puppet.ok', users],
      [
        refused('M_FORBIDDEN', 403, { error: 'Application service cannot masquerade as this user' }),
        'double-puppet.not-covered',
        users,
      ],
      [refused('M_UNKNOWN_TOKEN', 401), 'double-puppet.unknown', users],
      [{ kind: 'unreachable', code: 'ECONNREFUSED' }, 'homeserver.unreachable', users],
      [
        refused('M_FORBIDDEN', 403, missing),
        'double-puppet.exclusive',
        [{ exclusive: true, regex: '@.*:example\\.org' }],
      ],
    ] as const) {
      const examined = await examine(
        context(({ puppet }) => (puppet === true ? found : undefined), {
          puppetRegistration: { users: registered },
        }),
      );
      const results = examined.filter(({ check }) => check.name.key === 'doctor.check.double-puppet');
      assert.deepEqual(
        results.map(({ finding }) => finding.told.key),
        [`doctor.${key}`],
      );
    }
  });
});
