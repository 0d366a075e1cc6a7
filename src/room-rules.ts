import type { RoomRules } from './core/room-rules.ts';
import type { LiveSettings } from './live-settings.ts';
import { roomCapabilities } from './rules/room-capabilities.ts';

/** What rooms are told can be sent in them, by the rules that are in force at that moment. */
export function roomRules(settings: Pick<LiveSettings, 'rules' | 'roomsPerSecond'>): RoomRules {
  return {
    capabilities: (network, key, portal) => roomCapabilities(settings.rules.rules, network, key, portal),
    get roomsPerSecond() {
      return settings.roomsPerSecond;
    },
  };
}
