// A text that was right, spoilt in a few places or none: cut, doubled, changed, with signs that mean something put in.
import type { Random } from './random.ts';

export function spoiltText(random: Random, text: string, signs: readonly string[]): string {
  let spoilt = text;
  for (let times = random.below(4); times > 0; times -= 1) {
    const at = random.below(spoilt.length + 1);
    const to = at + random.below(8);
    switch (random.below(6)) {
      case 0:
        spoilt = spoilt.slice(0, at) + random.oneOf(signs) + spoilt.slice(at);
        break;
      case 1:
        spoilt = spoilt.slice(0, at) + random.oneOf(signs) + spoilt.slice(at + 1);
        break;
      case 2:
        spoilt = spoilt.slice(0, at) + spoilt.slice(to);
        break;
      case 3:
        spoilt = spoilt.slice(0, to) + spoilt.slice(at);
        break;
      case 4:
        spoilt = random.below(8) === 0 ? spoilt.slice(0, at) : spoilt;
        break;
      default:
        spoilt = spoilt.slice(0, at) + String.fromCharCode(random.below(256)) + spoilt.slice(at + 1);
    }
  }
  return spoilt;
}
