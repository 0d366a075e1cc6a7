import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { bridgeConfig, configSchema } from '../../src/config-schema.ts';
import { variablesOf } from '../../src/config/environment.ts';
import { readConfig, settingsOf } from '../../src/config/load.ts';
import { matrixUserId } from '../../src/core/ids.ts';
import { permissions } from '../../src/permissions.ts';

const example = readFileSync(new URL('../../config/example.yaml', import.meta.url), 'utf8');

describe('the example', () => {
  it('is good but for its placeholders', () => {
    const result = readConfig(configSchema, 'example.yaml', example, {});
    assert.deepEqual(result.kind === 'errors' && result.problems.map(({ path, what }) => [path, what.kind]), [
      ['storage.key', 'placeholder'],
      ['networks.xmpp.secret', 'placeholder'],
    ]);
  });

  it('is good with secrets from variables, and says nothing that is not the default', () => {
    const secrets = { CAUSEWAY_STORAGE_KEY: '00'.repeat(32), CAUSEWAY_NETWORKS_XMPP_SECRET: 'secret' };
    const result = readConfig(configSchema, 'example.yaml', example, secrets);
    assert.ok(result.kind === 'loaded', JSON.stringify(result));
    const uncommented = example
      .replace(/^( *)# (?=[a-z_]+:( |$)| +(- )?[a-z_]+: )/gm, '$1')
      .replace(/^ *(version|server|upload_host|registration|issuer|operator_override): ""\n/gm, '');
    const whole = readConfig(configSchema, 'example.yaml', uncommented, {
      ...secrets,
      CAUSEWAY_STORAGE_URL: 'postgresql://a@b/c',
      CAUSEWAY_HTTP_PROVISIONING_SECRET: 'sixteen-signs-or-more',
    });
    assert.ok(whole.kind === 'loaded', JSON.stringify(whole));
    const { storage, networks, http, ...rest } = result.config;
    const { storage: allStorage, networks: allNetworks, http: allHttp, ...all } = whole.config;
    assert.deepEqual(all, rest);
    assert.deepEqual({ ...allStorage, url: undefined }, { ...storage, url: undefined });
    assert.deepEqual(allNetworks.xmpp, networks.xmpp);
    assert.equal(networks.loopback, undefined);
    assert.equal(allNetworks.whatsapp?.integrator, 99);
    assert.equal(allNetworks.thirdparty?.providers[0]?.name, 'birdychat');
    assert.ok(http.provisioning === undefined && allHttp.provisioning !== undefined);
    assert.ok(allNetworks.loopback !== undefined && http.bind === undefined && allHttp.bind !== undefined);
  });

  it('names every variable', () => {
    for (const { name } of variablesOf(settingsOf(configSchema)))
      assert.ok(example.includes(`# ${name}`), name);
  });
});

describe('the configuration', () => {
  it('takes every time as the example says that times are written', () => {
    const text = example
      .replace('key: replace-me', `key: ${'ab'.repeat(32)}\n  keep_payloads: 36h\n  keep_records: 90 days`)
      .replace('secret: replace-me', 'secret: s');
    const result = readConfig(configSchema, 'example.yaml', text, {});
    assert.ok(result.kind === 'loaded', JSON.stringify(result));
    assert.equal(result.config.storage.keepPayloads, 36 * 3_600_000);
    assert.equal(result.config.storage.keepRecords, 90 * 86_400_000);
  });

  it('lets every network be opted into and have its requests held, or not', () => {
    const { networks, requests, reach } = configSchema.shape;
    const known = Object.keys(networks.unwrap().shape);
    assert.ok(known.includes('whatsapp') && known.includes('thirdparty'));
    const choices = { requests: requests.parse({}).networks, reach: reach.parse({}) };
    for (const network of known)
      for (const [section, choice] of Object.entries(choices))
        assert.ok(Object.hasOwn(choice, network), `${network} in ${section}`);
  });

  it('lets nothing listen for strangers where something else does', () => {
    const taken = { port: 29_340, host: '0.0.0.0' };
    const thirdparty = { listen: { port: 1 }, public_url: 'https://a.example' };
    const cases: readonly (readonly [unknown, readonly string[]])[] = [
      [{ thirdparty }, []],
      [{ thirdparty: { ...thirdparty, listen: taken } }, ['networks.thirdparty.listen']],
      [{ thirdparty: { ...thirdparty, listen: { port: 0 }, chat: { port: 0 } } }, []],
      [{ thirdparty: { ...thirdparty, chat: { port: 1 } } }, ['networks.thirdparty.chat']],
      [
        { thirdparty, whatsapp: { ...partner, listen: { port: 1, host: '::' } } },
        ['networks.thirdparty.listen'],
      ],
      [{ thirdparty, whatsapp: { ...partner, listen: { port: 1, host: '127.0.0.2' } } }, []],
    ];
    for (const [networks, paths] of cases) {
      const read = configSchema.safeParse({
        homeserver: { url: 'http://localhost:8008', domain: 'example.org' },
        storage: { key: 'ab'.repeat(32) },
        networks,
      });
      assert.deepEqual(read.error?.issues.map(({ path }) => path.join('.')) ?? [], paths);
    }
  });

  it('never shows what is secret', () => {
    const text = example
      .replace('key: replace-me', 'key: hunter2\n  old_keys: [hunter3, 5]\n  url: "hunter4://x"')
      .replace('secret: replace-me', 'secret: "hunter 5"');
    const result = readConfig(configSchema, 'example.yaml', text, {});
    assert.ok(result.kind === 'errors');
    assert.deepEqual(
      result.problems.map(({ path }) => path),
      [
        'storage.key',
        'storage.old_keys."0"',
        'storage.old_keys."1"',
        'storage.url',
        'networks.xmpp.secret',
      ].map((path) => path.replaceAll('"', '')),
    );
    assert.doesNotMatch(JSON.stringify(result), /hunter/);
  });

  it('gets the tokens of the registration', () => {
    const result = readConfig(configSchema, '', '', {
      CAUSEWAY_HOMESERVER_URL: 'http://a',
      CAUSEWAY_HOMESERVER_DOMAIN: 'a',
      CAUSEWAY_STORAGE_KEY: '00'.repeat(32),
      CAUSEWAY_STORAGE_KEEP_RECORDS: '9d',
      CAUSEWAY_NETWORKS_LOOPBACK_MAX_TEXT_SIZE: '1 KiB',
    });
    assert.ok(result.kind === 'loaded', JSON.stringify(result));
    const config = bridgeConfig(result.config, { asToken: 'as', hsToken: 'hs' });
    assert.equal(config.matrix.appservice.asToken, 'as');
    assert.equal(config.matrix.appservice.hsToken, 'hs');
    assert.equal(config.storage.keepRecords, 777_600_000);
    assert.equal(config.spine.giveUpAfter, 259_200_000);
    assert.equal(config.networks.loopback?.maxTextBytes, 1024);
  });
});

describe('permissions', () => {
  const level = (map: Record<string, 'none' | 'user' | 'admin'> | undefined, user: string): string =>
    permissions(map, 'example.org')(matrixUserId(user));
  it('are for users of the homeserver alone unless it says otherwise', () => {
    assert.equal(level(undefined, '@a:example.org'), 'user');
    assert.equal(level(undefined, '@a:other.org'), 'none');
    assert.equal(level({}, '@a:example.org'), 'none');
  });
  it('follow the most precise entry', () => {
    const map = { '*': 'user', 'other.org': 'none', '@a:other.org': 'admin' } as const;
    assert.equal(level(map, '@a:other.org'), 'admin');
    assert.equal(level(map, '@b:other.org'), 'none');
    assert.equal(level(map, '@b:third.org'), 'user');
  });
});

const partner = {
  public_url: 'https://a.example',
  integrator: 9,
  push_jwks_url: 'https://keys.example/jwks',
  custody: 'self',
};
