import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually, refused, sees, seesText } from './eventually.ts';
import { noise } from './samples.ts';
import { ways, type Stage, type Way } from './stage.ts';

/** What goes wrong between people, and what they are owed then. */
export function troubleCases(stage: Stage): void {
  for (const way of ways) {
    describe(`in trouble, ${way.name}`, () => {
      lateCases(stage, way);
      refusalCases(stage, way);
      targetCases(stage, way);
    });
  }
  describe('repeats of the far side', () => {
    it('are shown once, also after a restart of the bridge', async () => {
      const { remote, remoteChat, matrixChat } = stage.pair();
      const id = await remoteChat.say('only once');
      await seesText(matrixChat, 'only once');
      await remote.sendAgain(id);
      await stage.rig().restartBridge();
      await remote.sendAgain(id);
      await remoteChat.say('after the repeats');
      await seesText(matrixChat, 'after the repeats');
      assert.equal(count(matrixChat.seen(), 'only once'), 1);
    });
  });
}

function lateCases(stage: Stage, { name, from, to }: Way): void {
  it('what is said while the link is down arrives once it is up, in order, once', async () => {
    const pair = stage.pair();
    await stage.rig().linkDown();
    try {
      for (const row of [1, 2, 3]) await from(pair).say(`down ${row} ${name}`);
    } finally {
      await stage.rig().linkUp();
    }
    await seesText(to(pair), `down 3 ${name}`, 60_000);
    const rows = to(pair)
      .seen()
      .flatMap((seen) => (seen.kind === 'text' && seen.text.startsWith('down ') ? [seen.text] : []));
    assert.deepEqual(
      rows.filter((text) => text.endsWith(name)),
      [1, 2, 3].map((row) => `down ${row} ${name}`),
    );
  });

  it('what is said while the bridge is away arrives once it is back, or its sender is told', async () => {
    const pair = stage.pair();
    let id = '';
    await stage.rig().restartBridge(async () => {
      id = await from(pair).say(`away ${name}`);
    });
    await eventually(
      'the message or its refusal',
      () => count(to(pair).seen(), `away ${name}`) === 1 || from(pair).isRefused(id) || undefined,
      60_000,
    );
  });

  it('a restart of the bridge forgets nothing: messages from before can be answered, changed, taken back', async () => {
    const pair = stage.pair();
    const mine = await from(pair).say(`before the restart ${name}`);
    const there = await seesText(to(pair), `before the restart ${name}`);
    await from(pair).react(mine, ['👀']);
    await sees(to(pair), 'reactions', (seen) => seen.target === there.id && seen.emojis.length === 1);
    await stage.rig().restartBridge();
    await to(pair).reply(there.id, `answer after the restart ${name}`);
    assert.equal((await seesText(from(pair), `answer after the restart ${name}`)).replyTo, mine);
    await from(pair).edit(mine, `after the restart ${name}`);
    await sees(to(pair), 'edit', (seen) => seen.target === there.id);
    await from(pair).react(mine, []);
    await sees(to(pair), 'reactions', (seen) => seen.target === there.id && seen.emojis.length === 0);
    await from(pair).retract(mine);
    await sees(to(pair), 'retraction', (seen) => seen.target === there.id);
  });
}

function refusalCases(stage: Stage, { name, from, to }: Way): void {
  it('a file that is too large is refused, and its sender told', async () => {
    const pair = stage.pair();
    const id = await from(pair).sendFile(noise(`huge-${name.length}.bin`, stage.rig().maxMediaBytes + 1));
    await refused(from(pair), id);
    await from(pair).say(`after the refusal ${name}`);
    await seesText(to(pair), `after the refusal ${name}`);
    assert.ok(
      !to(pair)
        .seen()
        .some((seen) => seen.kind === 'file' && seen.name.startsWith('huge-')),
    );
  });
}

function targetCases(stage: Stage, { name, from, to }: Way): void {
  it('a reply to what the bridge does not know arrives as a message', async () => {
    const pair = stage.pair();
    await from(pair).reply(await from(pair).nothing(), `reply to nothing ${name}`);
    assert.equal((await seesText(to(pair), `reply to nothing ${name}`)).replyTo, undefined);
  });

  it('an edit of what the bridge does not know is not lost: it arrives as a message, or its sender is told', async () => {
    const pair = stage.pair();
    const id = await from(pair).edit(await from(pair).nothing(), `edit of nothing ${name}`);
    const arrived = (): boolean => count(to(pair).seen(), `edit of nothing ${name}`) === 1;
    await eventually('the edit', () => arrived() || from(pair).isRefused(id) || undefined);
  });

  it('a reaction to what the bridge does not know passes, and holds nothing up', async () => {
    const pair = stage.pair();
    await from(pair).react(await from(pair).nothing(), ['👍']);
    await from(pair).say(`after the reaction ${name}`);
    await seesText(to(pair), `after the reaction ${name}`);
  });
}

function count(seen: readonly { readonly kind: string; readonly text?: string }[], text: string): number {
  return seen.filter((one) => one.kind === 'text' && one.text === text).length;
}
