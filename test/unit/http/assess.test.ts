import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Health } from '../../../src/core/network.ts';
import { reasons, type ReasonCode } from '../../../src/core/outcome.ts';
import { linkTrouble, troubles, type Assessment } from '../../../src/core/trouble.ts';
import { databaseResults, type RequestResult, type RequestSeen } from '../../../src/core/watch.ts';
import {
  assessBacklog,
  assessClock,
  assessDatabase,
  assessHomeserver,
  assessLink,
  assessMedia,
  assessReached,
  assessToken,
  type DatabaseSeen,
  type Thresholds,
} from '../../../src/http/assess.ts';
import { DatabaseVitals } from '../../../src/http/database-vitals.ts';
import { HomeserverVitals } from '../../../src/http/homeserver-vitals.ts';
import { LinkVitals } from '../../../src/http/link-vitals.ts';

const limits: Thresholds = {
  homeserverSlow: 2_000,
  databaseSlow: 1_000,
  backlogStuck: 600_000,
  clockOff: 30_000,
  linkSilent: 5_000,
  flapWindow: 300_000,
};
const now = 10_000_000;
const said = (assessment: Assessment): string =>
  assessment.state === 'ok' ? 'ok' : `${assessment.state} ${assessment.trouble}`;

/** A clock that a test moves. */
function clock(): { readonly now: () => number; at: number } {
  const moved = { at: now, now: () => moved.at };
  return moved;
}

describe('a database', () => {
  const seen = (over: Partial<DatabaseSeen> = {}): DatabaseSeen => ({
    lost: false,
    lastWrite: now - 1_000,
    lastFailure: undefined,
    speed: 5,
    waiting: 0,
    ...over,
  });

  it('is judged by what it last answered, and how soon', () => {
    const of = (over: Partial<DatabaseSeen>): string => said(assessDatabase(seen(over), limits, now));
    assert.equal(of({}), 'ok');
    assert.equal(of({ speed: 1_001 }), 'degraded database-slow');
    assert.equal(of({ lost: true }), 'failed database-taken');
    assert.equal(of({ waiting: 10_001 }), 'failed database-away');
    for (const result of databaseResults.filter((name) => name !== 'ok'))
      assert.equal(of({ lastFailure: { at: now, result } }), `failed database-${result}`);
  });

  it('that was full is not well again with the first write that goes through', () => {
    const full = (ago: number): string =>
      said(assessDatabase(seen({ lastFailure: { at: now - ago, result: 'full' } }), limits, now));
    assert.equal(full(2_000), 'failed database-full');
    assert.equal(full(15_001), 'ok');
    const silent = seen({ lastWrite: now - 60_000, lastFailure: { at: now - 50_000, result: 'full' } });
    assert.equal(said(assessDatabase(silent, limits, now)), 'failed database-full');
  });

  it('is watched from the beginning of a call to its end', () => {
    const time = clock();
    const vitals = new DatabaseVitals(time.now);
    const first = vitals.begin('write');
    const second = vitals.begin('write');
    time.at += 4_000;
    assert.equal(vitals.waiting, 4_000);
    first('ok');
    second('busy');
    assert.deepEqual(
      [vitals.waiting, vitals.speed, vitals.lastWrite, vitals.lastFailure],
      [0, 4_000, time.at, { at: time.at, result: 'busy' }],
    );
  });
});

describe('a homeserver', () => {
  const up: Health = { kind: 'up', since: 0 };
  const down: Health = { kind: 'down', since: 0, reason: 'link-down' };
  const seen = (over: Partial<RequestSeen>): RequestSeen => ({
    request: 'send',
    result: 'ok',
    ms: 10,
    serverTime: undefined,
    ...over,
  });

  it('is down, silent, or not what it should be', () => {
    const of = (health: Health, lastFailure?: RequestResult, speed?: number): string =>
      said(assessHomeserver({ health, lastFailure, speed }, limits));
    assert.equal(of({ kind: 'connecting', since: 0, reason: undefined }), 'failed starting');
    assert.equal(of(down, 'no-connection'), 'failed homeserver-down');
    assert.equal(of(down, 'no-answer'), 'failed homeserver-silent');
    assert.equal(of(down, 'not-matrix'), 'failed homeserver-nonsense');
    assert.equal(of(up, 'no-connection', 2_001), 'degraded homeserver-slow');
    assert.equal(of(up, 'no-connection', 1_999), 'ok');
  });

  it('is slow by its usual answers alone', () => {
    const vitals = new HomeserverVitals(() => now);
    for (let i = 0; i < 5; i++) vitals.requested(seen({ request: 'upload', ms: 60_000 }));
    assert.equal(vitals.speed, undefined);
    for (const ms of [5, 3_000, 4_000]) vitals.requested(seen({ ms }));
    assert.equal(vitals.speed, 3_000);
  });

  it('accepts the token as its last answer says; who does not answer says nothing of it', () => {
    const vitals = new HomeserverVitals(() => now);
    vitals.requested(seen({ request: 'versions' }));
    assert.equal(said(assessToken(vitals.token)), 'failed starting');
    vitals.requested(seen({ result: 'refused' }));
    assert.equal(said(assessToken(vitals.token)), 'ok');
    vitals.requested(seen({ result: 'token-refused' }));
    vitals.requested(seen({ result: 'no-connection' }));
    vitals.requested(seen({ request: 'versions' }));
    assert.equal(said(assessToken(vitals.token)), 'failed as-token');
  });

  it('reaches the bridge as its ping says; a stranger with a wrong token changes nothing', () => {
    const time = clock();
    const vitals = new HomeserverVitals(time.now);
    const is = (): string => said(assessReached(vitals));
    assert.equal(is(), 'failed starting');
    vitals.pinged('ok');
    vitals.called('turned-away');
    assert.equal(is(), 'ok');
    vitals.pinged('bad-status');
    assert.equal(is(), 'failed hs-token');
    vitals.pinged('unknown');
    assert.equal(is(), 'failed hs-token');
    time.at += 6_000;
    vitals.pinged('bad-status');
    assert.equal(is(), 'failed wrong-url');
    vitals.pinged('no-connection');
    assert.equal(is(), 'failed not-reached');
    vitals.pinged('no-such-request');
    assert.equal(is(), 'ok');
  });

  it('tells the time, to a second', () => {
    const vitals = new HomeserverVitals(() => now);
    const is = (): string => said(assessClock(vitals.clockOffset, limits));
    assert.equal(is(), 'ok');
    vitals.requested(seen({ serverTime: now - (now % 1000) }));
    assert.ok(Math.abs(vitals.clockOffset ?? 9_999) <= 1_000);
    for (let i = 0; i < 3; i++) vitals.requested(seen({ serverTime: now + 3_600_000 }));
    assert.equal(is(), 'degraded clock-off');
  });

  it('refuses files until it has taken one again; a file that is missing or too large is no refusal', () => {
    const time = clock();
    const vitals = new HomeserverVitals(time.now);
    const is = (): string => said(assessMedia([vitals.uploads, vitals.downloads], time.at));
    for (const result of ['not-found', 'too-large', 'limited', 'no-connection', 'given-up'] as const)
      vitals.requested(seen({ request: 'upload', result }));
    assert.equal(is(), 'ok');
    for (const result of ['refused', 'server-error', 'not-matrix'] as const) {
      time.at += 1;
      vitals.requested(seen({ request: 'upload', result }));
      assert.equal(is(), 'degraded media-refused');
      time.at += 1;
      vitals.requested(seen({ request: 'upload' }));
      assert.equal(is(), 'ok');
    }
    time.at += 1;
    vitals.requested(seen({ request: 'download', result: 'refused' }));
    time.at += 600_001;
    assert.equal(is(), 'ok');
  });
});

describe('a link', () => {
  it('has a trouble for every reason that it can be down for', () => {
    const of = (reason: ReasonCode): string => linkTrouble({ kind: 'down', since: 0, reason });
    assert.deepEqual(
      ['unreachable', 'forbidden', 'network-refused', 'timeout', 'link-down'].map((reason) =>
        of(reason as ReasonCode),
      ),
      ['link-unreachable', 'link-secret', 'link-refused', 'link-stuck', 'link-lost'],
    );
    fc.assert(fc.property(fc.constantFrom(...reasons), (reason) => troubles.some((t) => t === of(reason))));
    assert.equal(linkTrouble({ kind: 'connecting', since: 0, reason: undefined }), 'link-connecting');
  });

  it('that is up and answers nothing is stuck', () => {
    const of = (unanswered: number): string =>
      said(assessLink({ kind: 'up', since: 0, unanswered }, 0, limits, now));
    assert.equal(of(now - 4_999), 'ok');
    assert.equal(of(now - 5_001), 'failed link-stuck');
  });

  it('that breaks three times within the window flaps, up or down', () => {
    const time = clock();
    const vitals = new LinkVitals(time.now, limits.flapWindow);
    const up: Health = { kind: 'up', since: 0 };
    const down: Health = { kind: 'down', since: 0, reason: 'link-down' };
    const is = (health: Health): string => said(assessLink(health, vitals.breaks('xmpp'), limits, time.at));
    for (let i = 0; i < 2; i++) for (const health of [up, down, down]) vitals.changed('xmpp', health);
    assert.equal(is(down), 'failed link-lost');
    vitals.changed('xmpp', up);
    vitals.changed('xmpp', down);
    assert.equal(is(down), 'failed link-flapping');
    assert.equal(is(up), 'degraded link-flapping');
    time.at += limits.flapWindow + 1;
    assert.equal(is(up), 'ok');
  });
});

describe('a backlog', () => {
  it('is stuck where the oldest event is old and nothing moves', () => {
    const old = now - 700_000;
    const of = (oldest: number | undefined, lastEnded: number): string =>
      said(assessBacklog({ oldest, lastEnded }, limits, now));
    assert.equal(of(undefined, old), 'ok');
    assert.equal(of(old, now - 1_000), 'ok');
    assert.equal(of(now - 1_000, old), 'ok');
    assert.equal(of(old, old), 'failed backlog-stuck');
  });
});
