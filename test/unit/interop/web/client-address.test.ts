import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clientAddress } from '../../../../src/interop/web/client-address.ts';
import { addressGroup } from '../../../../src/networks/thirdparty/address-group.ts';

const trusted = ['127.0.0.1', '10.0.0.1'];
const address = (remote: string | undefined, said?: string): string => clientAddress(remote, said, trusted);

describe('whose request it is', () => {
  it('is who connects, whatever they say of themselves', () => {
    assert.equal(address('203.0.113.5'), '203.0.113.5');
    assert.equal(address('203.0.113.5', '198.51.100.1'), '203.0.113.5');
    assert.equal(address('::ffff:203.0.113.5', '198.51.100.1'), '203.0.113.5');
    assert.equal(address(undefined, '198.51.100.1'), '');
  });

  it('is whom a trusted proxy names, and nobody whom that one may have made up', () => {
    assert.equal(address('127.0.0.1', '198.51.100.1'), '198.51.100.1');
    assert.equal(address('::ffff:127.0.0.1', '192.0.2.1, 198.51.100.1'), '198.51.100.1');
    assert.equal(address('127.0.0.1', '192.0.2.1, 198.51.100.1, 10.0.0.1'), '198.51.100.1');
    assert.equal(address('127.0.0.1', '2001:db8::1'), '2001:db8::1');
  });

  it('is the proxy where it says nothing that is an address', () => {
    for (const said of [undefined, '', 'unknown', '198.51.100.1:443', '198.51.100.1, x', ',,,'])
      assert.equal(address('127.0.0.1', said), '127.0.0.1');
    assert.equal(address('127.0.0.1', '10.0.0.1,'.repeat(10_000)), '127.0.0.1');
    assert.equal(address('127.0.0.1', Array.from({ length: 10_000 }, () => '10.0.0.1').join()), '10.0.0.1');
  });
});

describe('who shares a limit', () => {
  it('is one address of IPv4, and one network of IPv6', () => {
    assert.equal(addressGroup('::ffff:203.0.113.5'), addressGroup('203.0.113.5'));
    assert.notEqual(addressGroup('203.0.113.5'), addressGroup('203.0.113.6'));
    assert.equal(addressGroup('2001:db8:0:1::5'), addressGroup('2001:DB8:0:1:ffff:2:3:4'));
    assert.equal(addressGroup('2001:db8::5'), addressGroup('2001:db8:0:0:1::'));
    assert.notEqual(addressGroup('2001:db8:0:1::5'), addressGroup('2001:db8:0:2::5'));
    assert.equal(addressGroup('fe80::1%eth0'), addressGroup('fe80::2'));
    assert.equal(addressGroup('::1'), '0:0:0:0');
  });
});
