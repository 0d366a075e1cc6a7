import type { TieProblem } from '../core/tie.ts';
import { render, type Language, type Rendered } from '../texts/catalogue.ts';

/** Why a room and a group are not bridged, in words. */
export function tieWhy(
  language: Language,
  why: TieProblem,
  about: { readonly room: string; readonly address: string; readonly bot: string },
): Rendered {
  const { room, address, bot } = about;
  switch (why) {
    case 'bot-power':
      return render(language, 'tie.why.bot-power', { room, bot });
    case 'people-power':
    case 'direct':
    case 'encrypted':
    case 'in-no-room':
    case 'management':
    case 'no-power':
    case 'no-room':
    case 'replaced':
    case 'room-taken':
    case 'space':
      return render(language, `tie.why.${why}`, { room });
    case 'cannot-ask':
    case 'group-taken':
    case 'group-yours':
      return render(language, `tie.why.${why}`, { address });
    case 'expired':
    case 'other-wish':
      return render(language, `tie.why.${why}`, { room, address });
    case 'no-agreement':
    case 'not-permitted':
    case 'too-many':
      return render(language, `tie.why.${why}`);
  }
}
