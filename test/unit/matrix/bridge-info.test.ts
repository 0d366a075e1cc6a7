import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId, networkId, remoteChatId } from '../../../src/core/ids.ts';
import { features, type Capabilities, type Feature, type Level } from '../../../src/core/network.ts';
import { bridgeInfo, digestOf, roomFeatures } from '../../../src/matrix/bridge-info.ts';

const bot = matrixUserId('@causeway:hs');
const group = { network: networkId('xmpp'), chat: remoteChatId('salon@rooms.x'), receiver: undefined };

function capabilities(over: Partial<Record<Feature, Level>> = {}, maxMediaBytes = 1_000): Capabilities {
  const all = Object.fromEntries(features.map((name) => [name, 'full'])) as Record<Feature, Level>;
  return { features: { ...all, ...over }, maxTextBytes: 4_000, maxMediaBytes };
}

describe('the state that tells of the bridge', () => {
  it('names bridge, network and chat under one key in both forms', () => {
    const [stable, known, can] = bridgeInfo(group, { id: group.network, capabilities: capabilities() }, bot);
    assert.ok(stable !== undefined && known !== undefined && can !== undefined);
    assert.deepEqual(
      [stable.type, known.type, can.type],
      ['m.bridge', 'uk.half-shot.bridge', 'com.beeper.room_features'],
    );
    assert.equal(stable.key, 'io.causeway://xmpp/salon%40rooms.x');
    assert.deepEqual(stable.content, known.content);
    assert.equal(stable.content['bridgebot'], bot);
    assert.deepEqual(stable.content['protocol'], { id: 'xmpp', displayname: 'XMPP' });
    assert.equal(stable.content['com.beeper.room_type'], 'group');
  });

  it('tells what can be sent: what is refused, what is changed, what is carried', () => {
    const said = roomFeatures(
      capabilities({ poll: 'fallback', location: 'partial', voice: 'none', edit: 'none' }),
    );
    assert.equal(said['poll'], 0);
    assert.equal(said['location_message'], 1);
    assert.equal(said['edit'], -2);
    assert.equal(said['reaction'], 2);
    assert.equal(said['max_text_length'], 1_000);
    const file = said['file'];
    assert.ok(typeof file === 'object' && file !== null);
    assert.ok(!('org.matrix.msc3245.voice' in file) && 'm.image' in file);
    assert.deepEqual(file['m.image'], { mime_types: { '*/*': 2 }, caption: 2, max_size: 1_000 });
  });

  it('has another digest when something of it changes, and else the same', () => {
    const digest = (can: Capabilities): string =>
      digestOf(bridgeInfo(group, { id: group.network, capabilities: can }, bot));
    assert.equal(digest(capabilities()), digest(capabilities()));
    assert.notEqual(digest(capabilities()), digest(capabilities({}, 2_000)));
    assert.notEqual(digest(capabilities()), digest(capabilities({ thread: 'none' })));
  });
});
