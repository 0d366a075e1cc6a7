import type { PuppetState } from '../core/puppet.ts';
import type { TextKey } from '../texts/catalogue.ts';
import { text } from '../texts/catalogue.ts';
import type { Answer, Block, Call, Command } from './command.ts';
import { line } from './reply.ts';
import type { Services } from './services.ts';

/** Nothing else that a person may type here is as long; access tokens are visible ASCII. */
const tokenPattern = /^[\x21-\x7e]{12,4096}$/;

/** `puppet`: whether the user appears as themself when they write in another app. */
export const puppet: Command = {
  name: 'puppet',
  admin: false,
  run: async (call, services) => {
    const [word, ...more] = call.words;
    if (word === undefined) return shown(call, services);
    // Whatever looks like a token goes out of the room, even where the rest of the message is not understood.
    const erased = call.words.some((given) => tokenPattern.test(given))
      ? redactToken(call, services)
      : undefined;
    const [copies, ...rest] = more;
    if (word.toLowerCase() === 'xmpp' && (copies === 'on' || copies === 'off') && rest.length === 0) {
      await services.puppets.chooseCopies(call.user, copies === 'on');
      return [line(call.language, `puppet.copies-${copies}`)];
    }
    if (more.length > 0) return (await erased) ?? 'usage';
    const choice = word.toLowerCase();
    if (choice === 'on' || choice === 'off') {
      await services.puppets.choose(call.user, choice);
      return shown(call, services);
    }
    if (erased === undefined) return 'usage';
    const first = await erased;
    return [...(await taken(call, services, word)), ...first];
  },
};

async function shown({ language, user }: Call, { puppets }: Services): Promise<Answer> {
  const state = await puppets.state(user);
  return [
    line(language, keyOf(state)),
    ...inEncrypted(language, state),
    ...(state.kind === 'on' ? [line(language, 'puppet.ignores')] : []),
    ...((await puppets.copies(user)) ? [line(language, 'puppet.copies-on')] : []),
  ];
}

function keyOf(state: PuppetState): Extract<TextKey, `puppet.${'on' | 'off'}-${string}`> {
  return state.kind === 'on' ? `puppet.on-${state.by}` : `puppet.off-${state.why}`;
}

/** How it is in encrypted rooms, where the bridge works in such. */
function inEncrypted(language: Call['language'], state: PuppetState): readonly Block[] {
  if (state.kind === 'off' || state.encrypted === 'no-encryption') return [];
  return [line(language, `puppet.encrypted-${state.encrypted}`)];
}

async function redactToken(
  { language, user, message }: Call,
  { redact }: Services,
): Promise<readonly Block[]> {
  const gone = message !== undefined && (await redact(user, message.room, message.eventId)) === true;
  return [line(language, gone ? 'puppet.erased' : 'puppet.not-erased')];
}

async function taken(
  { language, user }: Call,
  { puppets }: Services,
  token: string,
): Promise<readonly Block[]> {
  const result = await puppets.take(user, token);
  if (typeof result !== 'string')
    return [line(language, 'puppet.failed', { reason: text(language, `reason.${result.reason}`) })];
  const first = line(language, result === 'not-offered' ? 'puppet.off-not-offered' : `puppet.${result}`);
  return result === 'taken' ? [first, ...inEncrypted(language, await puppets.state(user))] : [first];
}
