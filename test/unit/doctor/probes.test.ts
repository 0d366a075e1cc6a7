import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { bridgeConfig, configSchema } from '../../../src/config-schema.ts';
import { doctorContext } from '../../../src/doctor-probes.ts';
import type { HomeserverProbe } from '../../../src/doctor/context.ts';
import { newRegistration, parseRegistration } from '../../../src/registration.ts';
import { FakeHomeserver } from '../../support/fake-homeserver.ts';
import { RecordingLog } from '../../support/recording-log.ts';

/** The doctor's way to a homeserver at an address. */
function probeOf(url: string): HomeserverProbe {
  const file = configSchema.parse({
    homeserver: { url, domain: 'hs.test' },
    storage: { key: randomBytes(32).toString('base64') },
  });
  const plan = { id: 'x', url: 'http://x', domain: 'hs.test', senderLocalpart: 's', botLocalpart: 'b' };
  const read = parseRegistration(newRegistration({ ...plan, ghostPrefix: '_', networks: [] }));
  assert.ok(read.kind === 'registration');
  const { registration } = read;
  const tokens = { asToken: registration.as_token, hsToken: registration.hs_token };
  const config = bridgeConfig(file, tokens);
  const log = new RecordingLog();
  return doctorContext({ config, registration, puppetRegistration: undefined, networks: [], log }).homeserver;
}

describe("the doctor's questions to the homeserver", () => {
  it('go where those of the bridge go: under the path of its address, and to no other place', async () => {
    await using other = await FakeHomeserver.start(() => ({ status: 200, json: {} }));
    await using server = await FakeHomeserver.start(() => ({
      status: 307,
      headers: { location: `${other.url}/elsewhere` },
    }));
    const answer = await probeOf(`${server.url}/base/`).request({ method: 'GET', path: '/_matrix/x?y=1' });
    assert.equal(server.seen[0]?.path, '/base/_matrix/x');
    assert.equal(server.seen[0].query.get('y'), '1');
    assert.ok(answer.kind === 'answer' && answer.status === 307);
    assert.equal(other.seen.length, 0);
  });
});
