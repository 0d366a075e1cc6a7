import type { MatrixUserId, NetworkId } from '../core/ids.ts';
import type { Part, Trouble } from '../core/trouble.ts';

/** A request to the homeserver, made with the as_token unless it is `anonymous`. */
export interface ProbeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  /** Sent as JSON; a text is sent as it is. */
  readonly body?: unknown;
  readonly anonymous?: true;
  /** Made with the token of the second registration. */
  readonly puppet?: true;
}

/** What came back. `date` is the server's clock in milliseconds since the epoch, where it told it. */
export type ProbeAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly text: string;
      /** The fields of a JSON object; empty for anything else. */
      readonly json: Readonly<Record<string, unknown>>;
      readonly date: number | undefined;
      readonly ms: number;
    }
  | { readonly kind: 'unreachable'; readonly code: string };

/** Asks the homeserver; never throws. */
export interface HomeserverProbe {
  request(request: ProbeRequest): Promise<ProbeAnswer>;
}

/** Answers the homeserver's ping while the bridge does not run. */
export interface PingListener {
  /** `in-use`: something else listens there already, which is the bridge where it runs. */
  listen(): Promise<
    | (AsyncDisposable & { readonly kind: 'listening' })
    | { readonly kind: 'in-use' }
    | { readonly kind: 'failed'; readonly code: string }
  >;
}

/** What is seen of the database without taking it. */
export type DatabaseState =
  | {
      readonly kind: 'open';
      readonly engine: string;
      /** 0 where nothing has been set up yet. */
      readonly schema: number;
      readonly holder: string | undefined;
      /** How many encrypted events wait for their keys. */
      readonly waitingForKey?: number;
      /** How many accounts of each network have lists of blocked people that could be followed and are not. */
      readonly unfollowed?: readonly { readonly network: string; readonly count: number }[];
      /** How many message requests wait, and how much of what may wait of them is used, from 0 to 1. */
      readonly requests?: { readonly count: number; readonly fill: number };
    }
  | { readonly kind: 'newer' | 'wrong-key' }
  | { readonly kind: 'failed'; readonly code: string };

export interface DatabaseProbe {
  look(): Promise<DatabaseState>;
}

/** How a running bridge says that a part of it is. */
export interface BridgePart {
  readonly name: string;
  readonly state: Part['assessment']['state'];
  readonly trouble: Trouble | undefined;
}

/** Asks the bridge that runs here; undefined where none does. Never throws. */
export interface BridgeProbe {
  look(): Promise<readonly BridgePart[] | undefined>;
}

/** The link to a network: as the running bridge says, or by connecting for a moment where none runs. */
export interface LinkProbe {
  readonly network: NetworkId;
  /** Undefined where only a running bridge can know it, and none runs. */
  look(): Promise<Pick<BridgePart, 'state' | 'trouble'> | undefined>;
}

/** What a network shows to the world, seen from here. Never throws. */
export interface PublicProbe {
  readonly network: NetworkId;
  /** The public address, as configured. */
  readonly url: string;
  /**
   * Asks for the network's public keys there and where the bridge listens: the same ones, other ones, another answer, or
   * none; `not-running` where the bridge does not answer itself.
   */
  look(): Promise<
    | { readonly kind: 'served' | 'elsewhere' | 'not-running' }
    | { readonly kind: 'other'; readonly status: number }
    | { readonly kind: 'unreachable'; readonly code: string }
  >;
  /** The certificate that is shown there; `plain` where the address is without TLS. */
  certificate(): Promise<
    | { readonly kind: 'valid'; readonly until: number }
    | { readonly kind: 'plain' }
    | { readonly kind: 'refused'; readonly code: string }
  >;
}

/** Where others publish the keys that their tokens are signed with. Never throws. */
export interface KeySource {
  readonly network: NetworkId;
  /** Whose keys they are. */
  readonly name: string;
  readonly url: string;
  look(): Promise<
    { readonly kind: 'keys'; readonly count: number } | { readonly kind: 'failed'; readonly code: string }
  >;
}

/** The program that makes voice messages playable. */
export interface SoundProbe {
  /** `version` as it says itself; `lacks` names the encoders that it was built without. */
  look(): Promise<
    | { readonly kind: 'found'; readonly version: string; readonly lacks: readonly string[] }
    | { readonly kind: 'none' }
  >;
}

/** The file that the bridge keeps its keys in. */
export interface KeysProbe {
  readonly file: string;
  /** Why it cannot be written, as a code; undefined where it can. */
  problem(): Promise<string | undefined>;
}

/** What a registration lays claim to. */
export interface Namespace {
  readonly exclusive: boolean;
  readonly regex: string;
}

/** All that the checks look at. */
export interface DoctorContext {
  readonly homeserver: HomeserverProbe;
  readonly homeserverUrl: string;
  readonly domain: string;
  readonly registration: {
    readonly id: string;
    readonly url: string | null;
    readonly users: readonly Namespace[];
    readonly aliases: readonly Namespace[];
    /** The names under which it offers look-ups. */
    readonly protocols: readonly string[];
    /** Whether it asks the homeserver for typing, reading and presence. */
    readonly ephemeral: boolean;
  };
  /** The second one, for double puppeting. */
  readonly puppetRegistration?: Pick<DoctorContext['registration'], 'users'> | undefined;
  readonly bot: MatrixUserId;
  /** A name that a ghost of each network could have. */
  readonly ghosts: readonly { readonly network: NetworkId; readonly userId: MatrixUserId }[];
  /** An alias that a group of each network could have but none has; none where rooms get no aliases. */
  readonly aliases: readonly { readonly network: NetworkId; readonly alias: string }[];
  readonly deviceId: string;
  readonly listener: PingListener;
  readonly database: DatabaseProbe;
  readonly bridge: BridgeProbe;
  readonly links: readonly LinkProbe[];
  readonly publics: readonly PublicProbe[];
  readonly keySources: readonly KeySource[];
  readonly sound: SoundProbe;
  /** Absent where the bridge does not encrypt. */
  readonly keys?: KeysProbe | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A Matrix error's code, where the answer has one. */
export function errcodeOf(answer: Extract<ProbeAnswer, { readonly kind: 'answer' }>): string {
  const errcode = answer.json['errcode'];
  return typeof errcode === 'string' ? errcode : '–';
}
