import type { MatrixEventId, MatrixUserId, RoomId } from '../core/ids.ts';
import type { Language, Rendered, TextKey } from '../texts/catalogue.ts';
import type { Services } from './services.ts';

/** The names of the commands; each has a text `help.<name>` and `usage.<name>`. */
export type CommandName = TextKey extends infer K ? (K extends `usage.${infer Name}` ? Name : never) : never;

/** What a command is given: who asks, in which language, and the words behind the command's name. */
export interface Call {
  readonly user: MatrixUserId;
  readonly language: Language;
  readonly admin: boolean;
  readonly words: readonly string[];
  /** The same as it was written, with its lines. */
  readonly rest: string;
  /** When the message was sent, milliseconds since the epoch, where that is known. */
  readonly at: number | undefined;
  /** Where the message lies, where that is known. */
  readonly message: { readonly room: RoomId; readonly eventId: MatrixEventId } | undefined;
}

/** A part of an answer. */
export type Block =
  | { readonly kind: 'line'; readonly line: Rendered }
  | {
      readonly kind: 'table';
      readonly head: readonly Rendered[];
      readonly rows: readonly (readonly Rendered[])[];
    };

/** What a command answers: blocks, or that its words do not fit its usage. */
export type Answer = readonly Block[] | 'usage';

/** One command. */
export interface Command {
  readonly name: CommandName;
  /** Whether only administrators may use it. */
  readonly admin: boolean;
  run(call: Call, services: Services): Promise<Answer>;
}
