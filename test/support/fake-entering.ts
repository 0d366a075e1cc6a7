import type { Homeserver } from '../../src/core/homeserver.ts';

/** Comes into rooms and writes down when. */
export function fakeEntering(acts: string[]): Homeserver['entering'] {
  return (room, work) => {
    acts.push(`enter ${room}`);
    return work().finally(() => acts.push(`entered ${room}`));
  };
}
