import assert from 'node:assert/strict';
import { it } from 'node:test';
import { seesRich, type RichWay } from './content-cases.ts';

/** Whom messages call, and the threads that they are in. */
export function relationCases({ name, from, to, native }: RichWay): void {
  it('tells a person that they are called', async () => {
    await from().mention(`look at this ${name}`);
    const seen = await seesRich(to(), 'said', (one) => one.text.includes(`look at this ${name}`));
    if (native('mention')) assert.equal(seen.mentionsMe, true);
    await from().say(`nobody is called ${name}`);
    const other = await seesRich(to(), 'said', (one) => one.text === `nobody is called ${name}`);
    assert.equal(other.mentionsMe, false);
  });

  it('keeps a thread together, under its own and the other’s message', async () => {
    const root = await from().say(`the thread begins ${name}`);
    const there = await seesRich(to(), 'said', (one) => one.text === `the thread begins ${name}`);
    await from().sayInThread(root, `goes on ${name}`);
    const seen = await seesRich(to(), 'said', (one) => one.text === `goes on ${name}`);
    if (native('thread')) assert.deepEqual([seen.thread, seen.replyTo], [there.id, undefined]);
    else assert.equal(seen.replyTo, there.id);
    await to().sayInThread(there.id, `is answered ${name}`);
    const back = await seesRich(from(), 'said', (one) => one.text === `is answered ${name}`);
    assert.ok(native('thread') ? back.thread === root : back.thread === root || back.replyTo === root);
  });

  it('carries what is said in a thread that the bridge does not know as a message', async () => {
    await from().sayInThread(await from().nothing(), `in no thread ${name}`);
    const seen = await seesRich(to(), 'said', (one) => one.text === `in no thread ${name}`);
    assert.equal(seen.thread, undefined);
  });
}
