import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { remoteUserId } from '../../../../src/core/ids.ts';
import { createDirectory } from '../../../../src/networks/xmpp/directory.ts';

describe('names of people', () => {
  const directory = createDirectory(
    { deliver: async () => true, ask: async () => ({ kind: 'unanswered' }) } as never,
    'gate.test',
    { nameOf: () => undefined },
    { addressOf: () => '' },
  );

  it('are one name however they are typed', () => {
    for (const typed of [
      'bob@example.org',
      'BOB@Example.ORG',
      'xmpp:bob@example.org',
      'bob@example.org.',
      ' bob@ｅxample.org ',
    ])
      assert.equal(directory.named?.(typed), 'bob@example.org', typed);
    for (const typed of ['bob@example.org/phone', 'bob@gate.test', 'example.org', '@example.org'])
      assert.equal(directory.named?.(typed), undefined, typed);
  });

  it('have each spelling of their domain, in letters and as DNS has it', () => {
    const spelt = (name: string): readonly string[] => directory.spellings?.(remoteUserId(name)) ?? [];
    assert.deepEqual(spelt('bob@example.org'), []);
    assert.deepEqual(spelt('bob@bücher.example'), ['bob@xn--bcher-kva.example']);
    assert.deepEqual(spelt('bob@xn--bcher-kva.example'), ['bob@bücher.example']);
    assert.deepEqual(spelt('room@xn--bcher-kva.example?1f'), ['room@bücher.example?1f']);
    assert.deepEqual(spelt('room@bücher.example/nick@x'), ['room@xn--bcher-kva.example/nick@x']);
    assert.deepEqual(spelt('bob@xn--'), []);
    for (const name of ['bob@bücher.example', 'bob@xn--bcher-kva.example', 'xn--bcher-kva.example'])
      assert.equal(directory.serverOf?.(name), 'bücher.example', name);
  });
});
