/** What can be sent in a room: what the network carries and what the rules let pass, together. */
import type { Capabilities, Feature, Level, NetworkView } from './network.ts';
import type { Portal, PortalKey } from './portal.ts';

/** Bounds of one kind of file, or of text, beside those of the network. */
export interface Allowance {
  readonly maxBytes?: number;
  /** MIME types that are carried less well than others of their kind. */
  readonly types?: ReadonlyMap<string, Level>;
}
export interface RoomCapabilities extends Capabilities {
  readonly allowances?: Partial<Readonly<Record<Feature, Allowance>>>;
}

/** Answers what can be sent in a room. */
export interface RoomRules {
  /** `portal` is undefined for a room that is about to be made. */
  capabilities(network: NetworkView, key: PortalKey, portal: Portal | undefined): RoomCapabilities;
  /** How many rooms a second, at most, are told of a change. */
  readonly roomsPerSecond: number;
}

/** Rooms in which all that the network carries may be sent. */
export const noRoomRules: RoomRules = {
  capabilities: ({ capabilities }) => capabilities,
  roomsPerSecond: 20,
};
