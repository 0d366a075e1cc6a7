import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { matrixUserId, parseMatrixUserId } from '../../../../src/core/ids.ts';
import { createAddressBook, messageIdFor, parseAddress } from '../../../../src/networks/xmpp/ids.ts';

const book = createAddressBook('gate.example.org', 'hs.test');

describe('addresses of Matrix users', () => {
  const named = [
    ['@alice:hs.test', 'alice'],
    ['@bob:other.org', 'bob\\3aother.org'],
    ['@bob:other.org:8448', 'bob\\3aother.org\\3a8448'],
    ['@Old.Name:hs.test', '=4fld.=4eame'],
    ['@a=2fb/c+d:hs.test', 'a=3d2fb\\2fc+d'],
    ['@é x:hs.test', '=c3=a9=20x'],
    ['@back\\slash@"at":hs.test', 'back\\5cslash\\40\\22at\\22'],
  ] as const;
  for (const [user, local] of named) {
    it(`calls ${user} ${local}`, () => {
      assert.equal(book.addressOf(matrixUserId(user)), `${local}@gate.example.org`);
      assert.equal(book.userAt(local), user);
    });
  }

  it('gives every user one legal address that leads back', () => {
    const localpart = fc.string({ unit: 'binary', maxLength: 60 }).filter((text) => !/[:\0]/.test(text));
    const server = fc.constantFrom('hs.test', 'other.org', 'Upper.Case:8448', '[2001:db8::1]:1', '1.2.3.4');
    fc.assert(
      fc.property(localpart, server, (name, host) => {
        const user = parseMatrixUserId(`@${name}:${host}`);
        fc.pre(user !== undefined);
        const address = book.addressOf(user);
        const parsed = parseAddress(address);
        assert.ok(parsed);
        assert.equal(parsed.bare, address);
        assert.equal(book.userAt(parsed.local), user);
      }),
    );
  });

  it('knows nobody by a name that it would not write', () => {
    for (const local of [
      'Alice',
      'alice\\3ahs.test',
      'a=62',
      '=zz',
      'a=',
      'x=ff',
      '\\61lice',
      'a\\20b',
      '',
    ]) {
      assert.equal(book.userAt(local), undefined, local);
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (local) => {
        const user = book.userAt(local);
        assert.ok(user === undefined || book.addressOf(user) === `${local}@gate.example.org`);
      }),
    );
  });
});

describe('parsing an address', () => {
  it('normalises', () => {
    const parsed = parseAddress('Bob@Example.ORG./Phone 1');
    assert.deepEqual(
      { ...parsed },
      { bare: 'bob@example.org', local: 'bob', domain: 'example.org', full: 'bob@example.org/Phone 1' },
    );
  });
  it('refuses what is none', () => {
    for (const text of [
      ...['', '@', 'bob@', '@example.org', 'a b@example.org', 'bob@exa mple.org', 'bob@-x.org', 'bob@a..b'],
      ...[
        'bob@example.org\n',
        'a@b@c',
        "o'neil@example.org",
        `${'x'.repeat(1024)}@example.org`,
        'bob@a_b/\u0000',
      ],
    ]) {
      assert.equal(parseAddress(text), undefined, JSON.stringify(text));
    }
  });
  it('is total, and what it gives parses to itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parsed = parseAddress(text);
        if (parsed !== undefined) assert.equal(parseAddress(parsed.full)?.full, parsed.full);
      }),
    );
  });
});

describe('message ids', () => {
  it('are the same for the same cause and differ for others', () => {
    assert.equal(messageIdFor('a'), messageIdFor('a'));
    assert.notEqual(messageIdFor('a'), messageIdFor('b'));
    assert.match(messageIdFor('a'), /^[\w-]{24}$/);
  });
});
