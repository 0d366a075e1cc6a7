import { languageOf, languages, text } from '../texts/catalogue.ts';
import type { Command } from './command.ts';
import { line } from './reply.ts';

/** `language`: chooses the language that the bridge speaks with this user. */
export const language: Command = {
  name: 'language',
  admin: false,
  run: async (call, services) => {
    const [word, ...more] = call.words;
    if (more.length > 0) return 'usage';
    const chosen = languages.find((name) => text(name, 'language.name') === word) ?? languageOf(word);
    if (chosen === undefined) {
      const names = languages.map((name) => `${name} (${text(name, 'language.name')})`).join(', ');
      return [line(call.language, 'language.choose', { languages: names })];
    }
    const known = await services.users.get(call.user);
    await services.users.put({ userId: call.user, managementRoom: known?.managementRoom, language: chosen });
    return [line(chosen, 'language.now')];
  },
};
