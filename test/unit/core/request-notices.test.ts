import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixEventId, remoteChatId, remoteUserId, roomId } from '../../../src/core/ids.ts';
import { failedForNow, type Failed } from '../../../src/core/outcome.ts';
import { RequestNotices } from '../../../src/core/request-notices.ts';
import { crowdLine, requestLine } from '../../../src/request-lines.ts';
import { RequestRig } from '../../support/request-rig.ts';
import { alice, fromRemote, net, textBody } from '../../support/spine-rig.ts';

const room = roomId('!management:hs.test');

/** Notices of a rig's requests; what is posted and edited is written down. */
class Scene {
  readonly rig: RequestRig;
  readonly posted: { readonly id: string; readonly plain: string }[] = [];
  readonly edited: { readonly eventId: string; readonly plain: string }[] = [];
  readonly notices: RequestNotices;
  names = (remote: string): string | undefined => remote;
  fails: Failed | undefined;
  now = 1_000_000_000;

  constructor(rig: RequestRig) {
    this.rig = rig;
    this.notices = new RequestNotices({
      ...{ log: rig.rig.log, store: rig.storage.requests.notices, permits: () => true, now: () => this.now },
      board: {
        post: async (_user, id, { plain }) => {
          if (this.fails !== undefined) return this.fails;
          this.posted.push({ id, plain });
          return { kind: 'posted', room, eventId: matrixEventId(`$${this.posted.length}`) };
        },
        edit: async (_room, eventId, _id, { plain }) => void this.edited.push({ eventId, plain }),
      },
      network: () => ({
        directory: {
          ...rig.rig.network.directory,
          profile: async (user) => ({ userId: user, chat: remoteChatId(user), name: this.names(user) }),
        },
      }),
      line: async (request) => requestLine('en', request),
      crowdLine: async (_user, crowd) => crowdLine('en', crowd),
    });
  }

  async say(person: string, ...texts: readonly string[]): Promise<void> {
    for (const said of texts)
      await this.rig.rig.spine.receiveRemote(net, fromRemote(person, `${person} ${said}`, textBody(said)));
    await this.rig.rig.quiet();
  }
}

async function staged(work: (scene: Scene) => Promise<void>): Promise<void> {
  await using rig = await RequestRig.start();
  const scene = new Scene(rig);
  await work(scene);
  await scene.notices[Symbol.asyncDispose]();
}

describe('what a user is told of requests', () => {
  it('is one line a request, without content, edited at a bounded rate and when it ends', () =>
    staged(async (scene) => {
      scene.names = () => 'Bob\n\u202e';
      await scene.say('bob@a.example', 'secret words');
      assert.equal(await scene.notices.tell(), undefined);
      assert.equal(await scene.notices.tell(), undefined);
      assert.equal(scene.posted.length, 1);
      assert.match(
        scene.posted[0]?.plain ?? '',
        /^Request 1: Bob \(bob@a\.example\).*not verified.*1 message/,
      );
      assert.ok(!scene.posted[0]?.plain.includes('secret'));
      await scene.say('bob@a.example', 'two', 'three');
      assert.equal(await scene.notices.tell(), 30_000);
      assert.equal(scene.edited.length, 0);
      scene.now += 30_000;
      await scene.notices.tell();
      assert.match(scene.edited[0]?.plain ?? '', /3 messages/);
      await scene.rig.book.answer(alice, matrixEventId('$1'), 'accept');
      await scene.notices.tell();
      assert.match(scene.edited[1]?.plain ?? '', /you accepted Bob/);
      assert.equal(scene.posted.length, 1);
    }));

  it('names nobody by what is a link', () =>
    staged(async (scene) => {
      const names = ['see https://spam.example', 'www.spam', 'spam.example', '@a:spam', '#a:spam'];
      scene.names = (remote) => names[Number(remote[0])];
      for (const [index] of names.entries()) await scene.say(`${index}@s${index}.example`, 'hello');
      await scene.notices.tell();
      assert.equal(scene.posted.length, names.length);
      for (const [index, { plain }] of scene.posted.entries())
        assert.match(plain, new RegExp(`^Request \\d: ${index}@s${index}\\.example wants`));
    }));

  it('is tried again where it could not be told, and told once', () =>
    staged(async (scene) => {
      scene.fails = failedForNow('link-down', undefined, 700);
      await scene.say('bob@a.example', 'one');
      assert.equal(await scene.notices.tell(), 700);
      scene.fails = undefined;
      await scene.notices.tell();
      await scene.notices.tell();
      assert.equal(scene.posted.length, 1);
    }));

  it('is one line for a crowd of one server, however many they are', () =>
    staged(async (scene) => {
      for (let one = 0; one < 12; one += 1) await scene.say(`p${one}@spam.example`, 'buy');
      await scene.notices.tell();
      assert.equal(scene.posted.length, 6);
      assert.match(
        scene.posted[5]?.plain ?? '',
        /^7 more requests wait, most of them from spam\.example \(7\)/,
      );
      await scene.say('p20@spam.example', 'buy');
      assert.equal(await scene.notices.tell(), 30_000);
      await scene.say('friend@other.example', 'hello');
      await scene.notices.tell();
      assert.match(scene.posted[6]?.plain ?? '', /friend@other\.example/);
      scene.now += 30_000;
      await scene.notices.tell();
      assert.match(scene.edited.at(-1)?.plain ?? '', /^8 more/);
      assert.equal(scene.posted.length, 7);
    }));

  it('is bounded over all servers too', () =>
    staged(async (scene) => {
      for (let one = 0; one < 30; one += 1) await scene.say(`p@s${one}.example`, 'buy');
      await scene.notices.tell();
      assert.equal(scene.posted.length, 21);
    }));

  it('is nothing of people whom they wrote to themselves', () =>
    staged(async (scene) => {
      await scene.rig.book.wrote(net, remoteChatId('bob'), alice, remoteUserId('bob'));
      await scene.notices.tell();
      assert.equal(scene.posted.length, 0);
    }));
});
