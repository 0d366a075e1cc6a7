import { styleText } from 'node:util';
import { cut } from './terminal.ts';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;

/** How a step ended, for the line that stays. */
export interface Ending {
  readonly ok: boolean;
  readonly text: string;
}

/**
 * Tells what is going on, on standard output: with a line that moves while a step lasts where that is a terminal, with
 * plain lines where it is not. Colours follow the terminal and NO_COLOR.
 */
export class Progress {
  readonly #out = process.stdout;
  readonly #moving = process.stdout.isTTY && process.env['TERM'] !== 'dumb';

  heading(text: string): void {
    this.say(`\n${styleText('bold', text)}`);
  }

  say(text: string): void {
    this.#out.write(`${text}\n`);
  }

  /** Shows a step while it lasts. A rejection is shown as its failure, and passed on. */
  async step<T>(what: string, work: () => Promise<T>, ending: (result: T) => Ending): Promise<T> {
    const started = Date.now();
    const timer = this.#moving ? this.#spin(what, started) : undefined;
    try {
      const result = await work();
      this.#ended(ending(result), started);
      return result;
    } catch (error) {
      this.#ended({ ok: false, text: what }, started);
      throw error;
    } finally {
      clearInterval(timer);
    }
  }

  /** A step that itself writes lines while it lasts. */
  async loudStep<T>(what: string, work: () => Promise<T>): Promise<T> {
    this.say(`  ${what} ...`);
    const started = Date.now();
    const result = await work();
    this.#ended({ ok: true, text: what }, started);
    return result;
  }

  #spin(what: string, started: number): NodeJS.Timeout {
    const draw = (): void => {
      const passed = Date.now() - started;
      const frame = frames[Math.floor(passed / frameMs) % frames.length] ?? '';
      const time = passed < 2_000 ? '' : ` (${Math.floor(passed / 1_000)} s)`;
      this.#out.write(`\r\u001b[2K${cut(`${frame} ${what} ...${time}`, this.#out.columns - 1)}`);
    };
    draw();
    return setInterval(draw, frameMs);
  }

  #ended({ ok, text }: Ending, started: number): void {
    const mark = ok ? styleText('green', '✓') : styleText('red', '✗');
    const clear = this.#moving ? '\r\u001b[2K' : '';
    this.#out.write(`${clear}${mark} ${text} ${styleText('dim', `(${duration(Date.now() - started)})`)}\n`);
  }
}

function duration(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
