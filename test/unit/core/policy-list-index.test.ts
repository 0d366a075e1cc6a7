import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { matches } from '../../../src/core/eligibility.ts';
import type { ListRule } from '../../../src/core/policy-list.ts';
import { mostMixedPatterns, mostPatterns, PolicyListIndex } from '../../../src/core/policy-list-index.ts';
import { ListScope, sha256 } from '../../../src/core/policy-list-names.ts';
import { aRule, own } from '../../support/policy-lists.ts';

const all = { refused: () => undefined };

describe('the index of policy lists', () => {
  it('finds what a rule means, as matching each rule would', () => {
    const part = fc.constantFrom('a', 'b', '.', ':', '@', '#', '!', '*', '?', 'ab.a', ':b.a', '@*:', '*.');
    const text = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 20 }), fc.array(text), (patterns, names) => {
        const index = new PolicyListIndex(all);
        const rules = [...new Set(patterns)].map((pattern) => aRule('user', pattern));
        for (const rule of rules) index.add(rule);
        for (const name of names) {
          const found = new Set(index.meaning('user', name));
          const wanted = rules.filter(({ entity }) => entity.kind === 'named' && matches(entity.name, name));
          assert.deepEqual(found, new Set(wanted), `${name} of ${patterns.join(' ')}`);
        }
        for (const rule of rules) index.remove(rule);
        assert.equal(index.size, 0);
        for (const name of names) assert.deepEqual(index.meaning('user', name), []);
      }),
    );
  });

  it('forgets what it has looked up when a rule comes or goes', () => {
    const index = new PolicyListIndex(all);
    const [one, other] = [aRule('server', 'evil.example'), aRule('server', '*.example')];
    index.add(one);
    assert.deepEqual(index.meaning('server', 'evil.example'), [one]);
    index.add(other);
    assert.deepEqual(index.meaning('server', 'evil.example'), [one, other]);
    index.remove(one);
    assert.deepEqual(index.meaning('server', 'evil.example'), [other]);
    assert.deepEqual(index.meaning('user', 'evil.example'), []);
  });

  it('knows hashed names', () => {
    const index = new PolicyListIndex(all);
    const rule = aRule('user', { kind: 'hashed', sha256: sha256('@yarrgh:example.com') });
    assert.equal(sha256('@yarrgh:example.com'), 'VPqwbUV7mMMkOVto3kPwsNXXiALMs7VCKWh3OeqqjGs=');
    index.add(rule);
    assert.deepEqual(index.meaning('user', '@yarrgh:example.com'), [rule]);
    assert.deepEqual(index.meaning('user', '@other:example.com'), []);
  });

  it('takes no more patterns than it can go through, and as many ends of names as there are', () => {
    const index = new PolicyListIndex(all);
    for (let count = 0; count < mostPatterns; count += 1)
      assert.equal(index.add(aRule('user', `@spam${count}*x:*`)), 'taken');
    const beyond = aRule('user', '@more*x:*');
    assert.equal(index.add(beyond), 'too-many-patterns');
    assert.equal(index.refused().get(beyond), 'too-many-patterns');
    assert.equal(index.add(aRule('user', '@*:more.example')), 'taken');
    index.remove(beyond);
    assert.equal(index.refused().size, 0);
    assert.equal(index.size, mostPatterns + 1);
    const mixed = new PolicyListIndex(all);
    for (let count = 0; count <= mostMixedPatterns; count += 1)
      mixed.add(aRule('user', `@*x?${count}:*`, { key: String(count) }));
    assert.deepEqual([mixed.size, mixed.refused().size], [mostMixedPatterns, 1]);
  });

  it('is not held up by patterns that were made for that', () => {
    const index = new PolicyListIndex(new ListScope(own));
    for (let count = 0; count < mostPatterns; count += 1) {
      const hard = [`*b${'a'.repeat(100)}${count}*`, `*${'a?'.repeat(50)}b?c*`];
      index.add(aRule('user', hard[count < mostMixedPatterns ? 1 : 0] ?? '', { key: String(count) }));
    }
    // Where the cost were exponential in the length of the name, this would not end.
    assert.deepEqual(index.meaning('user', `@${'a'.repeat(230)}:bxxc.net`), []);
    index.meaning('user', `@${'a'.repeat(240)}:example.net`);
  });
});

describe('rules that would mean everybody or the homeserver itself', () => {
  const scope = new ListScope(own);
  const refused = (kind: ListRule['kind'], name: string): string =>
    scope.refused(kind, { kind: 'named', name }) ?? 'taken';

  it('are refused', () => {
    for (const name of [
      '*',
      '@*',
      '@*:*',
      '*:*',
      '?*',
      '@*:*.*',
      'xmpp:*',
      'xmpp:*@*',
      '*@*',
      '@_xmpp_*',
      '@_*',
    ])
      assert.equal(refused('user', name), 'everybody', name);
    for (const name of ['@*:example.org', '@_xmpp_*:example.org', '@_xmpp_*=40*:example.org'])
      assert.equal(refused('user', name), 'everybody', name);
    for (const name of [
      '@alice:example.org',
      '@causeway:example.org',
      '@alice:EXAMPLE.org',
      '@al*:example.org',
    ])
      assert.equal(refused('user', name), 'own', name);
    for (const name of ['@c*:*', '@*causeway*:*', '@causewa?:example.org'])
      assert.equal(refused('user', name), 'own', name);
    for (const name of ['*', '*.*', '?*', '**']) assert.equal(refused('server', name), 'everybody', name);
    for (const name of ['example.org', 'EXAMPLE.ORG', '*.org', 'ex?mple.org', '*example*'])
      assert.equal(refused('server', name), 'own', name);
    for (const name of [
      '*',
      '!*',
      '#*',
      '#*:*',
      '#*:example.org',
      'xmpp:*',
      '!*:*',
      '#_xmpp_*',
      '#_xmpp_*:example.org',
    ])
      assert.equal(refused('room', name), 'everybody', name);
    for (const kind of ['server', 'user'] as const)
      assert.equal(scope.refused(kind, { kind: 'hashed', sha256: sha256('example.org') }), 'own');
  });

  it('are told apart from those that mean some', () => {
    for (const name of [
      ...[
        '@spam:evil.example',
        '@spam*:*',
        '@*:evil.example',
        '@*:*.evil.example',
        '@_xmpp_spam*:example.org',
      ],
      ...['@_xmpp_*=40evil.example:example.org', 'xmpp:*@evil.example', 'tel:+1555*', '@alice:example.orgs'],
      ...['@_xmpp_bob=40example.net:example.org', '*evil*'],
    ])
      assert.equal(refused('user', name), 'taken', name);
    for (const name of ['evil.example', '*.evil.example', 'sub.example.org', '*.example.org'])
      assert.equal(refused('server', name), 'taken', name);
    for (const name of [
      '!abc:example.org',
      '#_xmpp_tea*:example.org',
      'xmpp:*@rooms.evil.example',
      '#*:evil.example',
    ])
      assert.equal(refused('room', name), 'taken', name);
  });
});
