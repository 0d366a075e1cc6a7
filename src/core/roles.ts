/** Roles as power levels of a room (client-server API, m.room.power_levels), the same in every room version. */
import type { Role } from './event.ts';

const levels: Readonly<Record<Role, number>> = {
  owner: 100,
  admin: 90,
  moderator: 50,
  member: 0,
  visitor: -1,
};

/** The power level that shows a role; speaking takes 0, so that a visitor cannot. */
export function powerOf(role: Role): number {
  return levels[role];
}

/** What a power level lets its user do, in the words of roles. */
export function roleOf(power: number): Role {
  if (power >= levels.owner) return 'owner';
  if (power >= levels.admin) return 'admin';
  if (power >= levels.moderator) return 'moderator';
  return power >= levels.member ? 'member' : 'visitor';
}
