import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { itemsOf } from '../../../src/interop/profile/mark.ts';
import { profileItems, profileVersion } from '../../../src/interop/profile/profile.ts';

const folder = new URL('../../../src/interop/profile/', import.meta.url);
/** What is made of other items, or says the marks of them. */
const derived = new Set(['features.featureMarks', 'signal.signalLimits']);

describe('the profile of third-party chats', () => {
  it('has a mark for every item of every file', async () => {
    const names = profileItems().map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    const files = readdirSync(folder).filter((file) => file.endsWith('-profile.ts'));
    assert.ok(files.length >= 11);
    for (const file of files) {
      const part = file.replace('-profile.ts', '');
      const exported: unknown = await import(new URL(file, folder).href);
      assert.ok(typeof exported === 'object' && exported !== null);
      for (const name of Object.keys(exported).map((key) => `${part}.${key}`))
        assert.ok(
          derived.has(name) || names.some((item) => item === name || item.startsWith(`${name}.`)),
          `${name} has no mark`,
        );
    }
  });

  it('is sure of what the overview says, and of nothing more', () => {
    const marks = new Map(profileItems().map(({ name, mark }) => [name, mark]));
    for (const [name, mark] of Object.entries({
      'identity.identityProfile.jwksPath': 'O',
      'identity.identityProfile.claims': 'G',
      'identity.enlistmentReasons.bad_integrator': 'O',
      'identity.enlistmentReasons.blocked': 'G',
      'media.mediaProfile.paths.download': 'O',
      'message.messageShape': 'P',
      'noise.noiseProfile.clientPayload.product': 'P',
      'stanza.namespaces.interop': 'U',
      'features.featureLevels.sticker': 'O',
      'signal.signalNumbers.maxPrekeys': 'G',
    }))
      assert.equal(marks.get(name), mark, name);
    assert.ok(Number.isSafeInteger(profileVersion));
  });

  it('takes nothing for marked that is not', () => {
    const marked = { mark: 'P', value: 1 };
    assert.deepEqual(itemsOf('a', { b: marked, c: marked }, { b: 'own', c: 'G' }), [
      { name: 'a.b', mark: 'P' },
      { name: 'a.c', mark: 'G' },
    ]);
    for (const [value, said] of [
      [{ b: 1 }, 'own'],
      [{ b: marked, c: 1 }, 'own'],
      [{ b: marked, c: marked }, { b: 'own' }],
      [1, undefined],
      [{ b: { mark: 'X' } }, 'own'],
    ] as const)
      assert.throws(() => itemsOf('a', value, said), TypeError);
  });
});
