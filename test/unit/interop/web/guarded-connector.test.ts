import assert from 'node:assert/strict';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { after, before, describe, it, mock } from 'node:test';
import { ForbiddenAddressError, guardedConnector } from '../../../../src/interop/web/guarded-connector.ts';

const zone: Readonly<Record<string, readonly string[]>> = {
  'inner.test': ['10.0.0.1'],
  'mixed.test': ['192.0.43.7', '127.0.0.1'],
  'mixed6.test': ['2606:4700::1111', 'fd00::1'],
  'wrapped.test': ['::ffff:169.254.169.254'],
  'empty.test': [],
};

type Answer = (error: Error | null, addresses: readonly dns.LookupAddress[]) => void;

describe('connections to places that strangers name', () => {
  const asked: string[] = [];
  before(() => {
    const lookup = (name: string, _options: object, answer: Answer): void => {
      asked.push(name);
      const addresses = (zone[name] ?? []).map((address) => ({
        address,
        family: address.includes(':') ? 6 : 4,
      }));
      setImmediate(() => answer(null, addresses));
    };
    mock.method(dns, 'lookup', lookup);
    syncBuiltinESMExports();
  });
  after(() => {
    mock.restoreAll();
    syncBuiltinESMExports();
  });

  for (const name of Object.keys(zone)) {
    it(`are not made to ${name}, which is asked for once`, async () => {
      asked.length = 0;
      const connect = guardedConnector({ allowPrivate: false, hosts: new Set() }, 1000);
      const { promise, resolve } = Promise.withResolvers<unknown>();
      connect({ hostname: name, host: `${name}:1`, protocol: 'http:', port: '1' }, (...args) =>
        resolve(args[0]),
      );
      assert.ok((await promise) instanceof ForbiddenAddressError);
      assert.deepEqual(asked, [name]);
    });
  }
});
