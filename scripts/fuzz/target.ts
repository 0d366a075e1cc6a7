// What can be fuzzed: one file for each target, named in targets.ts.
import type { Random } from './random.ts';

export interface Target {
  readonly name: string;
  /**
   * Makes one input, gives it to the code, and says how that went in a word, to be counted. Throws where the code
   * broke its contract: an exception, a result that is none, more of anything than its bounds allow.
   */
  readonly attempt: (random: Random) => string | Promise<string>;
}
