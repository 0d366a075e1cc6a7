/**
 * How people and groups of a network are named in fields: https://spec.matrix.org/v1.16/application-service-api/#third-party-networks.
 */
import type { RemoteChatId, RemoteUserId } from './ids.ts';

/** Names with values, as a client asks for them. */
export type Fields = Readonly<Record<string, string>>;

/** What a client shows for a field before it asks: a regular expression that values match, and an example of one. */
export interface FieldType {
  readonly regexp: string;
  readonly placeholder: string;
}

/** Pure: nobody and nothing is asked whether somebody is there. */
export interface ThirdParty {
  /** Fields that name a person, and those that name a group; the wider one first. */
  readonly userFields: readonly string[];
  readonly locationFields: readonly string[];
  readonly fieldTypes: Readonly<Record<string, FieldType>>;
  /** Whom the fields name; `undefined` where they name nobody. Unknown fields say nothing. */
  user(fields: Fields): RemoteUserId | undefined;
  /** The fields that name a person; `undefined` for one who has no such name. */
  fieldsOfUser(user: RemoteUserId): Fields | undefined;
  location(fields: Fields): RemoteChatId | undefined;
  fieldsOfLocation(chat: RemoteChatId): Fields | undefined;
}
