import { eventually } from '../../../test/conformance/eventually.ts';
import { shiftedClock } from '../../../test/support/shifted-clock.ts';
import type { Scenario } from './scenario.ts';
import { connected, isAbsent, patienceMs, talk, type Stage } from './stage.ts';

/** Who deletes an account, is erased, or is not seen for long. */
export function deletionScenarios(stage: Stage): readonly Scenario[] {
  return [
    {
      ...{
        part: 'deletion',
        name: 'an account that is deleted is gone, and its chats are told',
        way: 'to Matrix',
      },
      play: () => deletedThere(stage),
    },
    {
      ...{ part: 'deletion', name: 'a Matrix user who is erased is gone for the app', way: 'to the app' },
      play: () => deletedHere(stage),
    },
    {
      ...{
        part: 'unseen',
        name: 'after 30 days without a connection one is enlisted no more',
        way: 'both ways',
      },
      play: () => unseen(stage),
    },
  ];
}

async function deletedThere(stage: Stage): Promise<void> {
  const { guest, person, matrix } = await stage.pair('dora', 'leaver');
  const since = guest.lines().length;
  const { login } = person;
  const deleted = await person.deleteAccount();
  if (deleted.kind === 'failed') throw new Error(`not deleted: ${deleted.reason}`);
  await guest.line(/is not on .* any more/, since, patienceMs);
  const id = await matrix.say(stage.mark('still there?'));
  await eventually('that it did not go over', () => matrix.isRefused(id) || undefined, patienceMs);
  await guest.ask('start thirdparty leaver@bird.example', /could not be opened/);
  const again = await stage.person('leaver');
  if (again.login?.user === login?.user) throw new Error('the new account has the old login');
  await guest.ask('start thirdparty leaver@bird.example', /is open/);
  const chat = await stage.accept(guest, again);
  await talk(stage, { matrix: chat.matrix, partner: await stage.chatOf(again, guest) });
}

async function deletedHere(stage: Stage): Promise<void> {
  const { guest, person, partner, matrix } = await stage.pair('ella', 'edgar');
  const answer = await guest.ask('erase me', /erase me \d+/);
  const [command = ''] = /erase me \d+/.exec(answer) ?? [];
  await guest.user.sendText(guest.management, command);
  await guest.line(/I am erasing all that I keep/, 0, patienceMs);
  await eventually(
    'that nobody is found',
    async () => ('reason' in (await person.lookUp('@ella:localhost')) ? true : undefined),
    patienceMs,
  );
  const text = stage.mark('to nobody');
  const id = await partner.say(text);
  await eventually('that it did not go over', () => partner.isRefused(id) || undefined, patienceMs);
  await isAbsent(matrix, text);
}

async function unseen(stage: Stage): Promise<void> {
  const { bridge } = stage.stack;
  const { guest, person, matrix } = await stage.pair('dora', 'sleeper');
  const since = guest.lines().length;
  const { login } = person;
  await person.rest();
  await bridge.stop();
  bridge.environment['NODE_OPTIONS'] = shiftedClock(31 * 86_400_000);
  await bridge.start();
  try {
    await bridge.untilReady(patienceMs);
    // Others of hers are gone too, before or after.
    const gone = new RegExp(`(sleeper|${login?.user ?? 'nobody'}) is not on .* any more`);
    await guest.line(gone, since, patienceMs);
    const id = await matrix.say(stage.mark('still there?'));
    await eventually('that it did not go over', () => matrix.isRefused(id) || undefined, patienceMs);
  } finally {
    await bridge.stop();
    delete bridge.environment['NODE_OPTIONS'];
    await bridge.start();
  }
  await bridge.untilReady(patienceMs);
  // The app is told to enlist again, and does.
  await connected(person);
  if (person.login?.user === login?.user) throw new Error('the new account has the old login');
  await guest.ask('start thirdparty sleeper@bird.example', /is open/);
  const chat = await stage.accept(guest, person);
  await talk(stage, { matrix: chat.matrix, partner: await stage.chatOf(person, guest) });
}
