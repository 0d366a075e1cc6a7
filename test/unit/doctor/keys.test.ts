import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { examine } from '../../../src/doctor/examine.ts';
import { keysProbe } from '../../../src/keys-probe.ts';
import { matrixSchema } from '../../../src/matrix/config.ts';
import { answer, context, refused } from './doctor-context.ts';

const user = '@causeway:example.org';

/** What the doctor finds where the homeserver answers a query for keys like this. */
async function finding(said: ReturnType<typeof answer>, problem?: string): Promise<string> {
  const results = await examine(
    context(({ path }) => (path.includes('/keys/query') ? said : undefined), {
      keys: { file: 'keys.db', problem: async () => problem },
    }),
  );
  const found = results.find(({ check }) => check.name.key === 'doctor.check.keys')?.finding;
  return `${found?.kind ?? 'none'} ${found?.told.key ?? ''}`;
}

const published = (signatures: object): ReturnType<typeof answer> =>
  answer({
    device_keys: { [user]: { CAUSEWAY_gen: { signatures: { [user]: signatures } }, OTHER: {} } },
    self_signing_keys: { [user]: { keys: { 'ed25519:self': 'self' } } },
  });

describe('the check of encryption', () => {
  it('is content with keys that are there and signed', async () => {
    assert.equal(await finding(published({ 'ed25519:self': 'x' })), 'ok doctor.keys.ok');
    assert.equal(await finding(answer({ device_keys: {} })), 'ok doctor.keys.not-yet');
  });

  it('finds what is wrong', async () => {
    assert.equal(await finding(published({ 'ed25519:CAUSEWAY_gen': 'x' })), 'fail doctor.keys.unsigned');
    assert.equal(await finding(refused('M_UNKNOWN', 500)), 'fail doctor.keys.query');
    assert.equal(await finding(answer({}), 'EACCES'), 'fail doctor.keys.file');
    assert.equal(
      await finding(answer({ device_keys: [[1]], self_signing_keys: 7 })),
      'ok doctor.keys.not-yet',
    );
  });

  it('looks at the file itself, or where it is to be made', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'keys-'));
    const of = (file: string, allow = true): ReturnType<typeof keysProbe> =>
      keysProbe(matrixSchema.shape.encryption.parse({ allow, default: allow, file }));
    assert.equal(await of(join(dir, 'keys.db'))?.problem(), undefined);
    assert.equal(await of(join(dir, 'missing', 'keys.db'))?.problem(), 'ENOENT');
    assert.equal(of(join(dir, 'keys.db'), false), undefined);
    await rm(dir, { recursive: true });
  });
});
