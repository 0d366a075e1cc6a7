import assert from 'node:assert/strict';
import { it } from 'node:test';
import { becomes, joined, text, type Stage } from './group-stage.ts';

/** What users are called in a group. */
export function nameCases({ rig, party }: Stage): void {
  it('follows a user who goes by another name, also after a restart, unless somebody has that name', async () => {
    const { carol, carols, address } = party();
    const user = await rig().matrixPerson();
    const theirs = await joined(user, address);
    const has = (name: string) => async (): Promise<boolean> => (await carols.members()).has(name);
    await becomes(has(user.name), true);
    const name = `Once ${user.name}`;
    await user.goBy(name);
    await becomes(has(name), true);
    assert.equal(await has(user.name)(), false);
    await theirs.say('under my new name');
    assert.equal((await text(carols, 'under my new name')).by, name);
    await user.goBy(carol.name);
    await theirs.say('and under no name of hers');
    assert.equal((await text(carols, 'and under no name of hers')).by, name);
    await rig().restartBridge();
    await theirs.say('still here');
    assert.equal((await text(carols, 'still here')).by, name);
    await theirs.leave();
    await becomes(has(name), false);
  });
}
