import { Gauge, type Registry } from 'prom-client';
import { fullness, type RequestLimits, type RequestLoad } from '../core/request.ts';

/** What the gauges of message requests look at. */
export interface RequestsSeen {
  readonly load: () => Promise<RequestLoad>;
  readonly limits: () => Pick<RequestLimits, 'overall' | 'size'>;
}

/** Adds what waits of message requests; not a number where the database does not answer. */
export function addRequestGauges(
  registry: Registry,
  load: () => Promise<RequestLoad | undefined>,
  limits: RequestsSeen['limits'],
): void {
  const gauge = (name: string, help: string, value: (load: RequestLoad) => number): void => {
    const made: Gauge = new Gauge({
      ...{ name, help, registers: [registry] },
      collect: async () => {
        const seen = await load();
        made.set(seen === undefined ? Number.NaN : value(seen));
      },
    });
  };
  gauge('causeway_requests', 'Message requests that wait for an answer.', ({ requests }) => requests);
  gauge('causeway_held_events', 'Events of strangers that wait with them.', ({ events }) => events);
  gauge('causeway_held_characters', 'The size of all that waits so.', ({ size }) => size);
  gauge(
    'causeway_held_fill_ratio',
    'How much of what may wait of strangers is used, from 0 to 1: beyond it, what comes is dropped.',
    (seen) => fullness(seen, limits()),
  );
}
