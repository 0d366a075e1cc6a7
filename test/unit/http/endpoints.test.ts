import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import express from 'express';
import { healthRouter } from '../../../src/http/health.ts';
import { createMetrics } from '../../../src/http/metrics.ts';
import { networkId } from '../../../src/core/ids.ts';

async function get(router: express.Router, path: string): Promise<{ status: number; body: string }> {
  const server = express().use(router).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
    return { status: response.status, body: await response.text() };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe('/ready', () => {
  it('is true only where every check is', async () => {
    const ready = await get(healthRouter([{ name: 'a', ready: () => true }]), '/ready');
    assert.deepEqual([ready.status, JSON.parse(ready.body)], [200, { ready: true, checks: { a: true } }]);
    const checks = [
      { name: 'a', ready: () => true },
      { name: 'b', ready: async () => Promise.reject(new Error('down')) },
      { name: 'c', ready: async () => new Promise<boolean>(() => undefined) },
    ];
    const not = await get(healthRouter(checks), '/ready');
    assert.deepEqual(
      [not.status, JSON.parse(not.body)],
      [503, { ready: false, checks: { a: true, b: false, c: false } }],
    );
  });

  it('is another question than /live', async () => {
    assert.equal((await get(healthRouter([{ name: 'a', ready: () => false }]), '/live')).status, 200);
  });
});

describe('/metrics', () => {
  it('shows what the spine counted, the queue and the links', async () => {
    const { meter, router } = createMetrics({
      backlog: async () => ({ pending: 3, oldest: 5_000 }),
      links: () => [{ network: 'xmpp', health: { kind: 'down', since: 0, reason: 'link-down' } }],
      version: '1.2.3',
      now: () => 9_000,
    });
    meter.kept('matrix', 2);
    meter.duplicate(networkId('xmpp'), 1);
    meter.retried('xmpp', 'to-network');
    meter.ended('xmpp', 'to-network', 'sent', 20);
    const { body } = await get(router, '/metrics');
    for (const line of [
      'causeway_events_kept_total{source="matrix"} 2',
      'causeway_events_duplicate_total{source="xmpp"} 1',
      'causeway_attempts_retried_total{network="xmpp",direction="to-network"} 1',
      'causeway_events_ended_total{network="xmpp",direction="to-network",outcome="sent"} 1',
      'causeway_event_seconds_bucket{le="0.025",network="xmpp",direction="to-network",outcome="sent"} 1',
      'causeway_event_seconds_bucket{le="0.01",network="xmpp",direction="to-network",outcome="sent"} 0',
      'causeway_queue_events 3',
      'causeway_queue_oldest_seconds 4',
      'causeway_link_state{network="xmpp",state="down"} 1',
      'causeway_link_state{network="xmpp",state="up"} 0',
      'causeway_build_info{version="1.2.3"} 1',
    ])
      assert.ok(body.includes(`\n${line}\n`), line);
  });

  it('says what it can, and nothing of the program, where the database is away', async () => {
    const { router } = createMetrics({
      backlog: async () => Promise.reject(new Error('select * from events')),
      links: () => [{ network: 'xmpp', health: { kind: 'up', since: 0 } }],
      version: '1.2.3',
      now: () => 9_000,
    });
    const { status, body } = await get(router, '/metrics');
    assert.equal(status, 200);
    assert.match(body, /causeway_link_state\{network="xmpp",state="up"\} 1/);
    assert.match(body, /causeway_queue_events Nan/i);
    assert.doesNotMatch(body, /select|at file:/);
  });
});
