import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPublicAddress } from '../../../../src/interop/web/public-address.ts';

describe('public addresses', () => {
  const cases: readonly (readonly [boolean, readonly string[]])[] = [
    [true, ['1.1.1.1', '8.8.8.8', '172.32.0.1', '2606:4700::1111', '2a00:1450:4001::1']],
    [
      false,
      ['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0'],
    ],
    [false, ['224.0.0.1', '255.255.255.255', '198.18.0.1', '203.0.113.9', '192.0.2.1']],
    [false, ['::', '::1', 'fe80::1', 'fc00::1', 'fd12::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:7f00:1']],
    [
      false,
      ['64:ff9b::7f00:1', '2002:7f00:1::', '2001::1', '2001:db8::1', '::127.0.0.1', 'fe80::1%eth0', 'x'],
    ],
  ];
  for (const [expected, addresses] of cases) {
    for (const address of addresses) {
      it(`${address} is ${expected ? '' : 'not '}one`, () =>
        assert.equal(isPublicAddress(address), expected));
    }
  }
});
