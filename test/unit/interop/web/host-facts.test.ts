import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import express from 'express';
import fc from 'fast-check';
import { hostFactsRouter, parseHostFacts, type HostFacts } from '../../../../src/interop/web/host-facts.ts';
import { listening } from '../../../support/listening.ts';

const facts: HostFacts = {
  ...{ enlist_url: 'https://host.example', media_url: 'https://host.example' },
  chat_url: 'wss://host.example/ws/chat',
  push_jwks_url: 'https://host.example/.well-known/oauth/openid/jwks',
  audience: 'https://host.example',
  roots: [{ serial: 7, key: Buffer.alloc(32, 9).toString('base64') }],
};
const path = '/.well-known/third-party-chats';

describe('what a host says of itself', () => {
  it('is served, and read as it was', async () => {
    await using server = await listening(express().use(hostFactsRouter(async () => facts)));
    const answer = await fetch(server.url + path);
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=300');
    assert.deepEqual(parseHostFacts(new Uint8Array(await answer.arrayBuffer())), facts);
    const posted = await fetch(server.url + path, { method: 'POST' });
    assert.deepEqual([posted.status, posted.headers.get('allow')], [405, 'GET, HEAD']);
  });

  it('is not there while it cannot be read', async () => {
    const router = hostFactsRouter(() => Promise.reject(new Error('no database')));
    await using server = await listening(express().use(router));
    const answer = await fetch(server.url + path);
    assert.deepEqual([answer.status, await answer.text()], [503, '']);
  });

  it('is nothing where a part is wrong', () => {
    const bytes = (change: Readonly<Record<string, unknown>>): Uint8Array =>
      new TextEncoder().encode(JSON.stringify({ ...facts, ...change }));
    assert.ok(parseHostFacts(bytes({ more: 1 })));
    for (const change of [
      { roots: [] },
      { roots: [{ serial: 7, key: 'AAAA' }] },
      { chat_url: 'http://host.example' },
      { enlist_url: 'https://user@host.example' },
      { media_url: 'file:///etc' },
      { audience: '' },
      { audience: 'x'.repeat(20_000) },
    ])
      assert.equal(parseHostFacts(bytes(change)), undefined, JSON.stringify(change).slice(0, 80));
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => new TextEncoder().encode(text)),
        ),
        (bytes) => {
          assert.equal(parseHostFacts(bytes), undefined);
        },
      ),
    );
  });
});
