import type { RoomRules } from './core/room-rules.ts';
import type { LiveSettings } from './live-settings.ts';
import { roomCapabilities, type RegionSources } from './rules/room-capabilities.ts';

/** What rooms are told can be sent in them, by the rules that are in force at that moment. */
export function roomRules(
  settings: Pick<LiveSettings, 'rules' | 'roomsPerSecond'>,
  regions: RegionSources = {},
): RoomRules {
  return {
    capabilities: (network, key, portal) =>
      roomCapabilities(settings.rules.rules, network, key, portal, regions),
    get roomsPerSecond() {
      return settings.roomsPerSecond;
    },
  };
}
