/** The time of the day in the time zones of rules. */
import { weekdays, type TimeWindow } from './rule.ts';

/** A moment of the week: the day (0 is Monday) and the minute of the day. */
export interface Moment {
  readonly day: number;
  readonly minute: number;
}

/** A time window, ready to be asked. */
export interface Hours {
  readonly contains: (now: number) => boolean;
  /** The window in words that are the same for the same window. */
  readonly key: string;
}

const minuteMs = 60_000;
const daysInWeek = 7;

/** Whether there is such a time zone. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** What tells the moment in a zone. It remembers the last minute, since asking `Intl` is slow. */
export function clockOf(zone: string): (now: number) => Moment {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  });
  let minute = Number.NaN;
  let moment: Moment = { day: 0, minute: 0 };
  return (now) => {
    const asked = Math.floor(now / minuteMs);
    if (asked === minute) return moment;
    const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]));
    const day = weekdays.findIndex((name) => name === parts.get('weekday')?.toLowerCase());
    moment = { day, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
    minute = asked;
    return moment;
  };
}

/** Makes a window out of how it was written; `clock` is that of its zone. */
export function hoursOf(window: TimeWindow, clock: (now: number) => Moment): Hours {
  const from = minutesOf(window.from);
  const to = minutesOf(window.to);
  const days =
    window.days === undefined ? undefined : new Set(window.days.map((day) => weekdays.indexOf(day)));
  const onDay = (day: number): boolean => days === undefined || days.has(day);
  const contains = (now: number): boolean => {
    if (Number.isNaN(now)) return false;
    const { day, minute } = clock(now);
    if (from === to) return onDay(day);
    if (from < to) return minute >= from && minute < to && onDay(day);
    if (minute >= from) return onDay(day);
    return minute < to && onDay((day + daysInWeek - 1) % daysInWeek);
  };
  const key = JSON.stringify([from, to, [...(days ?? [])].toSorted(), window.zone ?? 'UTC']);
  return { contains, key };
}

function minutesOf(clock: string | undefined): number {
  if (clock === undefined) return 0;
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
}
