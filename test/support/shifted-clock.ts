/** What `NODE_OPTIONS` has to be for a process to live so many milliseconds in the future; timers go on as ever. */
export function shiftedClock(ms: number): string {
  const code = `const now = Date.now.bind(Date); const Real = Date;
    globalThis.Date = class extends Real {
      constructor(...all) { if (all.length === 0) super(now() + ${ms}); else super(...all); }
      static now() { return now() + ${ms}; }
    };`;
  return `--import data:text/javascript,${encodeURIComponent(code)}`;
}
