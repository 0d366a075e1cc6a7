import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { delivered, sees, seesText } from './eventually.ts';
import { noise, picture } from './samples.ts';
import { ways, type Stage, type Way } from './stage.ts';

/** Everything that people do to messages, each both ways. */
export function messageCases(stage: Stage): void {
  for (const way of ways) {
    describe(way.name, () => {
      textCases(stage, way);
      changeCases(stage, way);
      reactionCases(stage, way);
      fileCases(stage, way);
    });
  }
}

function textCases(stage: Stage, { name, from, to }: Way): void {
  it('carries text, whatever characters it has', async () => {
    const text = `text ${name} <b>&amp; "no markup"</b> — مرحبا 👩‍👩‍👧 𝄞\nand a second line`;
    await from(stage.pair()).say(text);
    assert.deepEqual((await seesText(to(stage.pair()), text)).bold, []);
  });

  it('carries formatting', async () => {
    await from(stage.pair()).sayBold(`now bold${name.length} here`, `bold${name.length}`);
    const word = `bold${name.length}`;
    assert.ok(await sees(to(stage.pair()), 'text', (seen) => seen.bold.includes(word)));
  });

  it('carries a reply to either one’s message', async () => {
    const pair = stage.pair();
    const mine = await from(pair).say(`mine ${name}`);
    const mineThere = await seesText(to(pair), `mine ${name}`);
    const theirs = await to(pair).say(`theirs ${name}`);
    const theirsHere = await seesText(from(pair), `theirs ${name}`);
    await from(pair).reply(mine, `reply to mine ${name}`);
    await from(pair).reply(theirsHere.id, `reply to theirs ${name}`);
    assert.equal((await seesText(to(pair), `reply to mine ${name}`)).replyTo, mineThere.id);
    assert.equal((await seesText(to(pair), `reply to theirs ${name}`)).replyTo, theirs);
  });

  it('shows the sender that a message has arrived', async () => {
    const id = await from(stage.pair()).say(`for a receipt ${name}`);
    await delivered(from(stage.pair()), id);
  });

  it('keeps 50 messages in order, each once', async () => {
    const pair = stage.pair();
    const texts = Array.from({ length: 50 }, (_, index) => `row ${index} ${name}`);
    for (const text of texts) await from(pair).say(text);
    await seesText(to(pair), texts.at(-1) ?? '', 60_000);
    const rows = to(pair)
      .seen()
      .flatMap((seen) => (seen.kind === 'text' && /^row \d/.test(seen.text) ? [seen.text] : []));
    assert.deepEqual(
      rows.filter((text) => text.endsWith(name)),
      texts,
    );
  });
}

function changeCases(stage: Stage, { name, from, to }: Way): void {
  it('carries an edit, and an edit of what was edited', async () => {
    const pair = stage.pair();
    const id = await from(pair).say(`first ${name}`);
    const there = await seesText(to(pair), `first ${name}`);
    await from(pair).edit(id, `second ${name}`);
    await sees(to(pair), 'edit', (seen) => seen.target === there.id && seen.text === `second ${name}`);
    await from(pair).edit(id, `third ${name}`);
    await sees(to(pair), 'edit', (seen) => seen.target === there.id && seen.text === `third ${name}`);
  });

  it('carries a retraction', async () => {
    const pair = stage.pair();
    const id = await from(pair).say(`to be taken back ${name}`);
    const there = await seesText(to(pair), `to be taken back ${name}`);
    await from(pair).retract(id);
    await sees(to(pair), 'retraction', (seen) => seen.target === there.id);
  });
}

function reactionCases(stage: Stage, { name, from, to }: Way): void {
  it('carries reactions as they are added, changed and removed', async () => {
    const pair = stage.pair();
    const id = await to(pair).say(`react to this ${name}`);
    const here = await seesText(from(pair), `react to this ${name}`);
    const both = stage.rig().oneReaction === true ? [] : [['👍', '❤️']];
    for (const emojis of [['👍'], ...both, ['🎉'], []]) {
      await from(pair).react(here.id, emojis);
      const wanted = [...emojis].sort();
      await sees(
        to(pair),
        'reactions',
        (seen) => seen.target === id && JSON.stringify([...seen.emojis].sort()) === JSON.stringify(wanted),
      );
    }
  });

  it('keeps the reactions of the two apart', async () => {
    const pair = stage.pair();
    const id = await to(pair).say(`both react to this ${name}`);
    const here = await seesText(from(pair), `both react to this ${name}`);
    await to(pair).react(id, ['😀']);
    await sees(from(pair), 'reactions', (seen) => seen.target === here.id && seen.emojis.includes('😀'));
    await from(pair).react(here.id, ['😀']);
    await sees(to(pair), 'reactions', (seen) => seen.target === id && seen.emojis.includes('😀'));
    await from(pair).react(here.id, []);
    await sees(to(pair), 'reactions', (seen) => seen.target === id && seen.emojis.length === 0);
    const left = from(pair)
      .seen()
      .filter((seen) => seen.kind === 'reactions' && seen.target === here.id);
    assert.deepEqual(left.at(-1), { kind: 'reactions', target: here.id, emojis: ['😀'] });
  });
}

function fileCases(stage: Stage, { name, from, to }: Way): void {
  it('carries a picture as a picture', async () => {
    const file = picture(`red-${name.length}.png`);
    await from(stage.pair()).sendFile(file);
    const nameless = stage.rig().namelessPictures === true;
    const seen = await sees(
      to(stage.pair()),
      'file',
      (one) => one.name === file.name || (nameless && one.image),
    );
    assert.equal(seen.image, true);
    assert.deepEqual(Buffer.from(await seen.load()), Buffer.from(file.bytes));
  });

  it('carries a file byte for byte', async () => {
    const file = noise(`noise-${name.length}.bin`, 300_000);
    await from(stage.pair()).sendFile(file);
    const seen = await sees(to(stage.pair()), 'file', (one) => one.name === file.name);
    assert.equal(seen.image, false);
    assert.ok(Buffer.from(await seen.load()).equals(Buffer.from(file.bytes)));
  });
}
