import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { media } from '../../../../scripts/fuzz/media.ts';
import { fuzz } from '../../../../scripts/fuzz/run.ts';
import { hostedAddress, parseMediaBase, partnerAddress } from '../../../../src/interop/media/base.ts';
import {
  downloadPath,
  hostedPath,
  isPartnerRef,
  parseDownloadPath,
  parseHostedPath,
} from '../../../../src/interop/media/paths.ts';

const nobody = { allowPrivate: false, hosts: new Set<string>() };
const base = parseMediaBase('https://media.example/files/', nobody);
assert.ok(base !== undefined);

/** Texts that look like paths more often than chance lets them. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        '/',
        '.',
        '..',
        '%2e',
        '%2f',
        '\\',
        '?',
        '#',
        '@',
        ':',
        'a',
        'interop',
        '12',
        '//',
        '\t',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);

describe('the path of a file that a partner hosts', () => {
  it('has the public form', () => {
    const file = { integrator: 12, ref: 'aB3_-x' };
    assert.equal(downloadPath(file), '/interop/whatsapp/download/12/aB3_-x/');
    assert.deepEqual(parseDownloadPath(downloadPath(file)), file);
    assert.equal(partnerAddress(base, file.ref)?.href, 'https://media.example/files/aB3_-x');
    assert.deepEqual(parseDownloadPath('/interop/whatsapp/download/65535/x/')?.integrator, 65535);
  });

  it('is nothing else', () => {
    for (const path of [
      ...['', '/', '/interop/whatsapp/download/', '/interop/whatsapp/download/12/', '/v/tx'],
      '/interop/whatsapp/download/12/x',
      '/interop/whatsapp/download/12//',
      '/interop/whatsapp/download/12/x//',
      '/interop/whatsapp/download/12/x/y/',
      '/interop/whatsapp/download/12/../',
      '/interop/whatsapp/download/12/%2e%2e/',
      '/interop/whatsapp/download/12/x?y/',
      '/interop/whatsapp/download/12/x/?y',
      '/interop/whatsapp/download/012/x/',
      '/interop/whatsapp/download/-1/x/',
      '/interop/whatsapp/download/65536/x/',
      '/interop/whatsapp/download/1e1/x/',
      'https://evil.example/interop/whatsapp/download/12/x/',
      '/interop/whatsapp/download/12/x/\n',
      `/interop/whatsapp/download/12/${'x'.repeat(256)}/`,
    ]) {
      assert.equal(parseDownloadPath(path), undefined, path);
    }
    assert.throws(() => downloadPath({ integrator: 70_000, ref: 'x' }), TypeError);
    assert.throws(() => downloadPath({ integrator: 1, ref: '../x' }), TypeError);
  });

  it('leads to one place below the base, whatever is written', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const address = partnerAddress(base, text);
        assert.equal(address !== undefined, isPartnerRef(text));
        if (address === undefined) return;
        assert.equal(address.origin, 'https://media.example');
        assert.equal(address.pathname, `/files/${text}`);
        assert.equal(address.search + address.hash, '');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the path of a file that the gatekeeper hosts', () => {
  it('has the public form', () => {
    const ref = '62.7118-24/123_456_n.enc?ccb=11-4&oh=01_Q5AbC&oe=68%2B';
    assert.equal(hostedPath(ref), `/v/t${ref}`);
    assert.equal(parseHostedPath(hostedPath(ref)), ref);
    assert.equal(hostedAddress(base, hostedPath(ref))?.href, `https://media.example/files/v/t${ref}`);
  });

  it('is nothing else', () => {
    for (const path of [
      ...['', '/v/t', '/v/', '/x/tabc', '/v/t/x', '/v/tx/', '/v/tx//y', '/v/tx#y', '/v/tx?', '/v/tx?y?z'],
      ...['/v/t../x', '/v/tx/../../y', '/v/tx/./y', '/v/tx/..', '/v/tx/..?y', '/v/tx%2f..', '/v/tx\\y'],
      ...[
        'https://evil.example/v/tx',
        '//evil.example/v/tx',
        '/v/tx y',
        '/v/tx\n',
        `/v/t${'x'.repeat(1025)}`,
      ],
    ]) {
      assert.equal(parseHostedPath(path), undefined, path);
      assert.equal(hostedAddress(base, path), undefined, path);
    }
    assert.throws(() => hostedPath('../x'), TypeError);
  });

  it('leads below the base, whatever is written', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const address = hostedAddress(base, `/v/t${text}`);
        if (address === undefined) return;
        assert.ok(address.href.startsWith('https://media.example/files/v/t'));
        assert.equal(address.origin, 'https://media.example');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a base for media', () => {
  it('is a bare address of the web', () => {
    for (const text of ['https://a.example', 'https://a.example/', 'https://a.example:8443/media']) {
      assert.equal(parseMediaBase(text, nobody)?.href, text.replace(/\/$/, ''));
    }
    for (const text of [
      ...['', 'a.example', '/media', 'http://a.example/', 'ftp://a.example/', 'file:///etc/', 'https://'],
      ...['https://u@a.example/', 'https://:p@a.example/', 'https://a.example/?', 'https://a.example/#'],
      `https://a.example/${'x'.repeat(2000)}`,
    ]) {
      assert.equal(parseMediaBase(text, nobody), undefined, text);
    }
  });

  it('may be plain HTTP where the host is trusted', () => {
    const trust = { allowPrivate: false, hosts: new Set(['a.example', '127.0.0.1:81', '::1']) };
    for (const text of ['http://a.example/x', 'http://127.0.0.1:81/x', 'http://[::1]:9/x']) {
      assert.equal(parseMediaBase(text, trust)?.href, text);
    }
    assert.equal(parseMediaBase('http://127.0.0.1:82/x', trust), undefined);
    assert.ok(parseMediaBase('http://b.example/x', { ...trust, allowPrivate: true }) !== undefined);
  });
});

describe('the paths of hostile messages', () => {
  it('lead out of no base (a short run of npm run fuzz -- media)', async () => {
    const { broken, outcomes } = await fuzz(media, 20_000, 1);
    assert.deepEqual(broken, []);
    for (const outcome of ['a partner’s', 'the gatekeeper’s', 'refused']) {
      assert.ok((outcomes[outcome] ?? 0) > 100, outcome);
    }
  });
});
