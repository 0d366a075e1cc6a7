import type { ProviderConfig } from '../../../examples/partner-app/config.ts';
import type { Step } from '../content.ts';

/** What the app of a user of the provider's is to do. */
export interface AppUser {
  readonly name: string;
  readonly identifier: string;
  /** The Matrix ID of whom they write to. */
  readonly to: string;
  /** `at` is in milliseconds from the beginning of the run. */
  readonly steps: readonly Step[];
}

/** Everything that the process of the apps has to know; it is started with the path of a file that has it as JSON. */
export interface AppPlan {
  readonly config: ProviderConfig;
  readonly hostUrl: string;
  /** When the run began, in milliseconds since the epoch. */
  readonly began: number;
  readonly users: readonly AppUser[];
  /** Where each sealed part is written down before it is sent, and before it is opened: a line of JSON each. */
  readonly wireLog: string;
}

/** A sealed part as it went over the wire. */
export interface WirePart {
  readonly way: 'in' | 'out';
  readonly user: string;
  readonly id: string;
  readonly type: string;
  /** base64 */
  readonly bytes: string;
}

/** The mark of what a user of the app writes. */
export function appMark(name: string, index: number): string {
  return `a2m-${name}-${index}`;
}
