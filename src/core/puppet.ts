/**
 * Double puppeting: what a Matrix user does at their other client on a network is shown on Matrix as theirs. The bridge
 * acts as the user either by a registration that covers the homeserver's users, or by a token that the user gave it.
 */
import type { MatrixUserId, NetworkId, RemoteUserId } from './ids.ts';
import type { Failed } from './outcome.ts';

/** What a user has chosen. `lost` is a token of theirs that the homeserver did not take any more. */
export type PuppetChoice =
  | { readonly kind: 'default' }
  | { readonly kind: 'off' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'lost' };

/** What is kept of a user's double puppeting; the token is encrypted by the store. */
export interface PuppetRecord {
  readonly user: MatrixUserId;
  readonly choice: PuppetChoice;
  /** Whether they were told that what they write elsewhere is not shown. */
  readonly told: boolean;
  /** Whether what they write on Matrix is shown in the clients of their linked accounts, where a network can do that. */
  readonly copies: boolean;
  /** When the choice was made, milliseconds since the epoch. */
  readonly since: number;
}

export interface PuppetStore {
  get(user: MatrixUserId): Promise<PuppetRecord | undefined>;
  put(record: PuppetRecord): Promise<void>;
}

/**
 * How what the bridge says as a user fares in encrypted rooms: its session is not verified there, which clients show; or
 * it says nothing there, because only verified ones count (`signed-devices`), or because the session of the user's token
 * has the keys of another program (`other-keys`); or the bridge does not encrypt at all.
 */
export type PuppetSealing = 'unverified' | 'signed-devices' | 'other-keys' | 'no-encryption';

/** What the bridge can do as a user, and how it came to that. */
export type PuppetState =
  | { readonly kind: 'on'; readonly by: 'registration' | 'token'; readonly encrypted: PuppetSealing }
  | {
      readonly kind: 'off';
      /** `chosen` by the user, `lost` with their token, `not-offered` to them, or only with a token of their own. */
      readonly why: 'chosen' | 'lost' | 'not-offered' | 'no-token';
    };

/** What a user may ask about their own double puppeting. */
export interface PuppetDesk {
  state(user: MatrixUserId): Promise<PuppetState>;
  /** Takes a token after the homeserver has said that it is this very user's. */
  take(
    user: MatrixUserId,
    token: string,
  ): Promise<'taken' | 'another-user' | 'no-token' | 'not-offered' | Failed>;
  /** Forgets a token, and acts as the user only where that is offered to everybody (`on`) or not at all (`off`). */
  choose(user: MatrixUserId, choice: 'on' | 'off'): Promise<void>;
  /** Whether what the user writes on Matrix is shown in the clients of their linked accounts; off at first. */
  copies(user: MatrixUserId): Promise<boolean>;
  chooseCopies(user: MatrixUserId, copies: boolean): Promise<void>;
}

/** Whether a Matrix user ignores a remote user's ghost (`m.ignored_user_list`), as far as the bridge may know that. */
export type Ignores = (
  user: MatrixUserId,
  network: NetworkId,
  remote: RemoteUserId,
  fresh: boolean,
) => Promise<boolean | Failed>;

/** What verdicts name for the user's own ignore list. */
export const ignoredByUser = 'ignored-by-user';
