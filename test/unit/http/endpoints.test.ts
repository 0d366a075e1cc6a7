import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import express from 'express';
import { networkId } from '../../../src/core/ids.ts';
import { degraded, failing, well, type Assessment, type Part } from '../../../src/core/trouble.ts';
import type { Gauged } from '../../../src/http/gauges.ts';
import { healthRouter, type Aliveness } from '../../../src/http/health.ts';
import { allMetrics } from '../../support/metric-names.ts';

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

const part = (name: string, assessment: Assessment): Part => ({ name, since: 0, assessment });
const health = (parts: readonly Part[], alive: Partial<Aliveness> = {}): express.Router =>
  healthRouter({
    parts: async () => parts,
    alive: () => ({ sinceTurn: 0, databaseWaits: 0, ...alive }),
  });

describe('/ready', () => {
  it('is 200 as long as no part has failed, and names what is degraded', async () => {
    const { status, body } = await get(health([part('a', well), part('b', degraded('clock-off'))]), '/ready');
    const { what, ...b } = (JSON.parse(body) as { parts: { b: Record<string, string> } }).parts.b;
    assert.deepEqual(
      [status, b],
      [200, { state: 'degraded', since: '1970-01-01T00:00:00.000Z', code: 'clock-off' }],
    );
    assert.match(what ?? '', /time server/);
  });

  it('is 503 where one has, and says of each whether, since when, why and what to do', async () => {
    const { status, body } = await get(
      health([part('a', well), part('b', failing('link-secret'))]),
      '/ready',
    );
    const { ready, checks } = JSON.parse(body) as Record<string, unknown>;
    assert.deepEqual([status, ready, checks], [503, false, { a: true, b: false }]);
    assert.match(body, /"code":"link-secret","what":"The server of the network does not accept the secret/);
  });
});

describe('/live', () => {
  it('is another question than /ready: only what a restart mends makes it false', async () => {
    assert.equal((await get(health([part('a', failing('homeserver-down'))]), '/live')).status, 200);
    const stuck = await get(health([], { databaseWaits: 61_000 }), '/live');
    assert.deepEqual(
      [stuck.status, JSON.parse(stuck.body)],
      [503, { live: false, parts: { 'event-loop': true, database: false } }],
    );
    assert.equal((await get(health([], { sinceTurn: 61_000 }), '/live')).status, 503);
  });
});

const seen: Partial<Gauged> = {
  backlogs: async () => [
    { source: 'matrix', pending: 3, oldest: 5_000 },
    { source: networkId('xmpp'), pending: 1, oldest: 7_000 },
  ],
  requests: {
    load: async () => ({ requests: 2, events: 5, size: 300 }),
    limits: () => ({ overall: 10, size: 400 }),
  },
  links: () => [{ network: 'xmpp', health: { kind: 'down', since: 0, reason: 'link-down' } }],
  load: () => ({ lanes: 5, sleeping: 2, inMemory: 100 }),
  counts: async () => ({ portals: 4, ghosts: 6, users: 2 }),
  parts: () => [
    part('xmpp', failing('link-stuck')),
    part('clock', degraded('clock-off')),
    part('media', well),
  ],
  homeserver: { lastAnswer: 8_000, lastCall: undefined, clockOffset: 1_500 },
  now: () => 9_000,
};

describe('/metrics', () => {
  it('shows what was counted, the queue, the links, and what is wrong', async () => {
    const metrics = allMetrics(seen);
    metrics.meter.kept('matrix', 2);
    metrics.meter.duplicate(networkId('xmpp'), 1);
    metrics.meter.retried('xmpp', 'to-network');
    metrics.meter.ended('xmpp', 'to-network', 'sent', 20, 'message');
    metrics.homeserver.requested({ request: 'send', result: 'ok', ms: 30, serverTime: undefined });
    metrics.homeserver.called('turned-away');
    metrics.homeserver.pinged('bad-status');
    metrics.database.begin('write')('full');
    metrics.linkChanged('xmpp', { kind: 'up', since: 0 });
    const { body } = await get(metrics.router, '/metrics');
    for (const line of [
      'causeway_events_kept_total{source="matrix"} 2',
      'causeway_events_duplicate_total{source="xmpp"} 1',
      'causeway_attempts_retried_total{network="xmpp",direction="to-network"} 1',
      'causeway_events_ended_total{network="xmpp",direction="to-network",outcome="sent",kind="message"} 1',
      'causeway_event_seconds_bucket{le="0.025",network="xmpp",direction="to-network",outcome="sent"} 1',
      'causeway_event_seconds_bucket{le="0.01",network="xmpp",direction="to-network",outcome="sent"} 0',
      'causeway_queue_events 4',
      'causeway_queue_oldest_seconds 4',
      'causeway_source_queue_events{source="xmpp"} 1',
      'causeway_source_queue_oldest_seconds{source="xmpp"} 2',
      'causeway_lanes{state="active"} 3',
      'causeway_lanes{state="sleeping"} 2',
      'causeway_requests 2',
      'causeway_held_events 5',
      'causeway_held_characters 300',
      'causeway_held_fill_ratio 0.75',
      'causeway_portals 4',
      'causeway_link_state{network="xmpp",state="down"} 1',
      'causeway_link_state{network="xmpp",state="up"} 0',
      'causeway_link_changes_total{network="xmpp",state="up"} 1',
      'causeway_homeserver_request_seconds_count{request="send",result="ok"} 1',
      'causeway_homeserver_calls_total{call="turned-away"} 1',
      'causeway_homeserver_pings_total{result="bad-status"} 1',
      'causeway_homeserver_last_answer_timestamp_seconds 8',
      'causeway_homeserver_last_call_timestamp_seconds Nan',
      'causeway_homeserver_clock_offset_seconds 1.5',
      'causeway_database_seconds_count{operation="write",result="full"} 1',
      'causeway_ready{part="xmpp"} 0',
      'causeway_ready{part="clock"} 1',
      'causeway_trouble{part="xmpp",code="link-stuck"} 1',
      'causeway_trouble{part="clock",code="clock-off"} 1',
      'causeway_build_info{version="1.2.3"} 1',
    ])
      assert.ok(body.includes(`\n${line}\n`), line);
    assert.doesNotMatch(body, /part="media",code/);
  });

  it('says what it can, and nothing of the program, where the database is away', async () => {
    const away = async (): Promise<never> => Promise.reject(new Error('select * from events'));
    const metrics = allMetrics({
      ...{ ...seen, backlogs: away, counts: away },
      requests: { load: away, limits: () => ({ overall: 1, size: 1 }) },
    });
    const { status, body } = await get(metrics.router, '/metrics');
    assert.equal(status, 200);
    assert.match(body, /causeway_link_state\{network="xmpp",state="down"\} 1/);
    assert.match(body, /causeway_queue_events Nan/i);
    assert.match(body, /causeway_portals Nan/i);
    assert.match(body, /causeway_held_fill_ratio Nan/i);
    assert.doesNotMatch(body, /select|at file:/);
  });
});
