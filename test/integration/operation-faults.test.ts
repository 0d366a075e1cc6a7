/** Each row of the table of faults in docs/operations.md: what `/ready`, the metrics and the doctor say. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { eventually, sees, seesText } from '../conformance/eventually.ts';
import { SdkPerson } from '../conformance/matrix-person.ts';
import type { Chat } from '../conformance/rig.ts';
import { picture } from '../conformance/samples.ts';
import { XmppRemote } from '../conformance/xmpp-remote.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import {
  makeOperationScene,
  wrongToken,
  type OperatedBridge,
  type OperationScene,
} from '../support/operation-scene.ts';
import { startPostgres } from '../support/postgres.ts';
import { XmppUser } from '../support/xmpp-user.ts';

const run = promisify(execFile);

describe('what an operator sees of a fault', { timeout: 900_000 }, () => {
  let scene: OperationScene;
  let well: OperatedBridge | undefined;
  let alice: MatrixUser;
  let bob: XmppUser;
  let matrixChat: Chat;
  let remoteChat: Chat;

  before(async () => {
    scene = await makeOperationScene('operation-faults');
    const bridge = await usual();
    const account = await scene.synapse.createUser('alice', 'password');
    alice = await MatrixUser.login({ baseUrl: scene.synapse.baseUrl, ...account, encryption: {} });
    const { jid, password } = await scene.prosody.addUser('bob', 'secret');
    const { service, domain, uploadDomain } = scene.prosody;
    bob = await XmppUser.login({ service, domain, username: 'bob', password });
    const ghost = `@_xmpp_${jid.replaceAll('@', '=40')}:localhost`;
    const addressOf = (user: string): string =>
      `${user.slice(1, user.indexOf(':'))}@${scene.componentDomain}`;
    const remote = new XmppRemote(bob, { uploadDomain, addressOf }, ghost);
    remoteChat = remote.chatWith(alice.userId);
    await bridge.untilWell();
    await remoteChat.say('hello');
    matrixChat = await new SdkPerson(alice, scene.botUserId, 'xmpp').chatWith(remote);
    await seesText(matrixChat, 'hello');
  });
  afterEach(async () => {
    for (const proxy of [scene.toHomeserver, scene.toBridge, scene.toXmpp]) await proxy.heal();
  });
  after(async () => {
    await well?.[Symbol.asyncDispose]();
    await alice[Symbol.asyncDispose]();
    await bob[Symbol.asyncDispose]();
    await scene[Symbol.asyncDispose]();
  });

  /** The bridge about which nothing is otherwise; it lives on from test to test until another is needed. */
  async function usual(): Promise<OperatedBridge> {
    return (well ??= await scene.start());
  }
  /** Another bridge, for which the usual one has to make room. */
  async function other(otherwise: Parameters<OperationScene['start']>[0]): Promise<OperatedBridge> {
    await well?.[Symbol.asyncDispose]();
    well = undefined;
    return scene.start(otherwise);
  }

  describe('of the homeserver', () => {
    let bridge: OperatedBridge;
    beforeEach(async () => {
      bridge = await usual();
      await bridge.untilWell();
    });

    it('down', async () => {
      const before = await bridge.metric('causeway_homeserver_request_seconds_count', /no-connection/);
      await scene.toHomeserver.set({ kind: 'down' });
      const said = await bridge.until('homeserver', 'failed homeserver-down');
      assert.match(said.what ?? '', /homeserver\.url/);
      assert.equal((await bridge.ready()).status, 503);
      await bridge.rises('causeway_homeserver_request_seconds_count', /no-connection/, before);
      assert.equal(await bridge.metric('causeway_link_state', /matrix.*down/), 1);
      assert.equal(await bridge.metric('causeway_trouble', /homeserver-down/), 1);
      assert.match(await bridge.doctor(), /✗ Homeserver +.*ECONNREFUSED/);
      await scene.toHomeserver.heal();
      await bridge.until('homeserver', 'ok');
    });

    it('silent', async () => {
      await scene.toHomeserver.set({ kind: 'hang' });
      await bridge.until('homeserver', 'failed homeserver-silent');
      await bridge.rises('causeway_homeserver_request_seconds_count', /no-answer/);
      assert.match(
        await bridge.doctor(),
        /✗ Homeserver +.*TimeoutError[^]*✗ The running bridge +.*does not answer/,
      );
      await scene.toHomeserver.heal();
      await bridge.until('homeserver', 'ok');
    });

    it('slow', async () => {
      await scene.toHomeserver.set({ kind: 'slow', ms: 1_200 });
      await bridge.until('homeserver', 'degraded homeserver-slow');
      assert.equal((await bridge.ready()).status, 200);
      await eventually('an answer after more than a second', async () => {
        const fast = await bridge.metric('causeway_homeserver_request_seconds_bucket', /le="1",.*versions/);
        const all = await bridge.metric('causeway_homeserver_request_seconds_count', /versions.*ok/);
        return all > fast || undefined;
      });
      assert.match(await bridge.doctor(), /✓ Homeserver[^]*! The running bridge +.*homeserver is slow/);
      await scene.toHomeserver.heal();
      await bridge.until('homeserver', 'ok');
    });

    it('its clock off', async () => {
      await scene.toHomeserver.set({ kind: 'clock', ms: 3_600_000 });
      await bridge.until('clock', 'degraded clock-off');
      const offset = await bridge.metric('causeway_homeserver_clock_offset_seconds');
      assert.ok(Math.abs(offset - 3_600) < 5, String(offset));
      assert.match(await bridge.doctor(), /✗ Clock +.*NTP/);
      await scene.toHomeserver.heal();
      await bridge.until('clock', 'ok');
    });

    it('its media repository refusing', async () => {
      const body = '{"errcode":"M_FORBIDDEN","error":"no"}';
      const bytes = `HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
      await scene.toHomeserver.set({ kind: 'answer', bytes, request: /^POST \S+\/upload/ });
      await remoteChat.sendFile(picture('refused.png'));
      await bridge.until('media', 'degraded media-refused');
      await bridge.rises('causeway_homeserver_request_seconds_count', /upload.*refused/);
      assert.match(await bridge.doctor(), /✗ Media +.*upload failed with HTTP 403/);
      await scene.toHomeserver.heal();
      await remoteChat.sendFile(picture('taken.png'));
      await sees(matrixChat, 'file', (file) => file.name === 'taken.png');
      await bridge.until('media', 'ok');
    });

    it('unable to reach the bridge', async () => {
      await scene.toBridge.set({ kind: 'down' });
      await bridge.until('reached', 'failed not-reached');
      await bridge.rises('causeway_homeserver_pings_total', /no-connection/);
      assert.match(await bridge.doctor(), /✗ Ping both ways .*cannot connect/);
      await scene.toBridge.heal();
      await bridge.until('reached', 'ok');
    });
  });

  describe('of the XMPP server', () => {
    let bridge: OperatedBridge;
    beforeEach(async () => {
      bridge = await usual();
      await bridge.until('xmpp', 'ok');
    });

    it('down', async () => {
      await scene.toXmpp.set({ kind: 'down' });
      await bridge.until('xmpp', 'failed link-unreachable');
      assert.equal((await bridge.ready()).status, 503);
      assert.equal(await bridge.metric('causeway_link_state', /xmpp.*down/), 1);
      assert.match(await bridge.doctor(), /✗ Link to xmpp +.*refuses connections/);
      await scene.toXmpp.heal();
      await bridge.until('xmpp', 'ok');
    });

    it('stuck: it takes connections and answers nothing', async () => {
      await scene.toXmpp.set({ kind: 'hang' });
      await bridge.until('xmpp', 'failed link-stuck');
      assert.match(await bridge.doctor(), /✗ Link to xmpp +.*answers nothing/);
      await scene.toXmpp.heal();
      await bridge.until('xmpp', 'ok');
    });

    it('flapping', async () => {
      // What broke in the tests before this is forgotten by now, or counts too.
      const before = await bridge.metric('causeway_link_changes_total', /xmpp.*down/);
      for (let round = 0; round < 3; round++) {
        await scene.toXmpp.set({ kind: 'down' });
        await sleep(300);
        await scene.toXmpp.heal();
        for (let i = 0; i < 100 && (await bridge.metric('causeway_link_state', /xmpp.*up/)) === 0; i++)
          await sleep(50);
      }
      await bridge.until('xmpp', 'degraded link-flapping');
      assert.ok((await bridge.metric('causeway_link_changes_total', /xmpp.*down/)) >= before + 3);
      assert.match(await bridge.doctor(), /! Link to xmpp +.*again and again/);
      await bridge.until('xmpp', 'ok');
    });

    it('refusing the secret', async () => {
      await using wrong = await other({ secret: 'not-the-secret' });
      await wrong.until('xmpp', 'failed link-secret');
      assert.match(await wrong.doctor(), /✗ Link to xmpp +.*does not accept the secret/);
    });
  });

  describe('of the registration', () => {
    it('a wrong as_token', async () => {
      await using wrong = await other({ asToken: wrongToken() });
      await wrong.until('as-token', 'failed as-token');
      assert.equal((await wrong.ready()).parts['homeserver']?.state, 'ok');
      await wrong.rises('causeway_homeserver_request_seconds_count', /token-refused/);
      assert.match(await wrong.doctor(), /✗ Token of the bridge .*does not know it/);
    });

    it('a wrong hs_token', async () => {
      await using wrong = await other({ hsToken: wrongToken() });
      await wrong.until('reached', 'failed hs-token');
      assert.equal((await wrong.ready()).parts['as-token']?.state, 'ok');
      await wrong.rises('causeway_homeserver_calls_total', /turned-away/);
      assert.match(await wrong.doctor(), /✗ Ping both ways .*does not accept the hs_token/);
    });
  });

  describe('of the database', () => {
    it('its disk full', async () => {
      const dir = join(scene.dir, 'small');
      await mkdir(dir);
      await run('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', dir]);
      try {
        await using bridge = await other({ database: join(dir, 'bridge.sqlite') });
        await bridge.untilWell();
        await writeFile(join(dir, 'filler'), Buffer.alloc(3_000_000)).catch(() => undefined);
        await bridge.until('database', 'failed database-full');
        assert.equal((await bridge.ready()).status, 503);
        await bridge.rises('causeway_database_seconds_count', /write.*full/);
        assert.match(await bridge.doctor(), /✗ The running bridge +.*disk of the database is full/);
        await rm(join(dir, 'filler'));
        await bridge.until('database', 'ok');
      } finally {
        await run('umount', [dir]);
      }
    });

    it('slow', async () => {
      await using postgres = await startPostgres({ dir: scene.dir });
      const address = new URL(await postgres.createDatabase('slow'));
      await using proxy = await FaultProxy.before(postgres.port);
      address.port = String(proxy.port);
      await using bridge = await other({ database: address.href });
      await bridge.untilWell();
      await proxy.set({ kind: 'slow', ms: 150 });
      await bridge.until('database', 'degraded database-slow');
      assert.ok((await bridge.metric('causeway_database_seconds_sum', /write.*ok/)) > 0.3);
      assert.match(await bridge.doctor(), /! The running bridge +.*database is slow/);
      await proxy.set({ kind: 'down' });
      await bridge.until('database', 'failed database-away');
      assert.match(await bridge.doctor(), /✗ Database +.*cannot be opened/);
      await proxy.heal();
      await bridge.until('database', 'ok');
    });

    it('locked by another process', async () => {
      await using bridge = await other({});
      await bridge.untilWell();
      const shell = new Database(bridge.databaseFile);
      shell.exec('begin immediate');
      try {
        await bridge.until('database', 'failed database-busy');
        await bridge.rises('causeway_database_seconds_count', /write.*busy/);
        assert.match(await bridge.doctor(), /✗ Database +.*locked by another process/);
      } finally {
        shell.exec('rollback');
        shell.close();
      }
      await bridge.until('database', 'ok');
    });

    it('taken by another bridge', async () => {
      await using bridge = await other({ database: join(scene.dir, 'taken.sqlite') });
      await bridge.untilWell();
      const thief = new Database(bridge.databaseFile);
      thief.exec("update lease set fence = fence + 1, instance = 'another'");
      thief.close();
      await assert.rejects(bridge.bridge.broken, /taken over/);
      const said = await bridge.until('database', 'failed database-taken');
      assert.match(said.what ?? '', /run only one/);
      assert.match(await bridge.doctor(), /✗ The running bridge +.*Another process has taken the database/);
    });
  });

  it('events that wait and do not move', async () => {
    await scene.toXmpp.set({ kind: 'down' });
    await using bridge = await other({ health: { backlogStuck: 2_000 } });
    await bridge.until('xmpp', 'failed link-unreachable');
    await matrixChat.say('wait');
    await bridge.until('backlog', 'failed backlog-stuck');
    assert.ok((await bridge.metric('causeway_queue_oldest_seconds')) > 2);
    assert.ok((await bridge.metric('causeway_source_queue_events', /matrix/)) >= 1);
    assert.equal(await bridge.metric('causeway_lanes', /sleeping/), 1);
    assert.match(await bridge.doctor(), /✗ The running bridge +.*Events wait and none of them moves/);
    await scene.toXmpp.heal();
    await seesText(remoteChat, 'wait');
    await bridge.untilWell();
  });

  it('names nobody in any label, after all that', async () => {
    await using bridge = await other({});
    await bridge.untilWell();
    await remoteChat.say('one more');
    await seesText(matrixChat, 'one more');
    await matrixChat.say('and back');
    await seesText(remoteChat, 'and back');
    const metrics = await bridge.metrics();
    assert.match(metrics, /causeway_events_ended_total\{.*direction="to-matrix".*kind="message"\} 1/);
    const labels = [...metrics.matchAll(/="([^"]*)"/g)].map(([, value = '']) => value);
    assert.ok(labels.length > 50);
    for (const value of labels) assert.doesNotMatch(value, /[@!$#:]|alice|bob|localhost/, value);
  });
});
