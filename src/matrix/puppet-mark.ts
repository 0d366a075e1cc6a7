/**
 * The mark in what the bridge sends in a user's own name. It comes back in transactions under the user's id, perhaps
 * before its event id is recorded, and must not go out to the network again. The second key is the one by which bridges
 * know each other's: https://docs.mau.fi/bridges/general/double-puppeting.html
 */
import { portalId, remoteMessageId, type PortalId, type RemoteMessageId } from '../core/ids.ts';
import { objectIn, textIn, type JsonObject } from './json-object.ts';

export const PUPPET_MARK = 'io.causeway.puppet';
const COMMON_MARK = 'fi.mau.double_puppet_source';
const longest = 4_096;

/** For which portal something was sent, and for messages the network's name of what it brings over. */
export interface PuppetMark {
  readonly portal: PortalId;
  readonly message: RemoteMessageId | undefined;
}

/** The content with the mark beside all else; what an edit puts in place of a message (`m.new_content`) stays without. */
export function marked(content: JsonObject, { portal, message }: PuppetMark): JsonObject {
  return {
    ...content,
    [PUPPET_MARK]: { portal, ...(message === undefined ? {} : { message }) },
    [COMMON_MARK]: 'causeway',
  };
}

/** The mark that a content carries. Total: anything else is no mark. */
export function markIn(content: JsonObject): PuppetMark | undefined {
  const mark = objectIn(content, PUPPET_MARK);
  const portal = mark && textIn(mark, 'portal');
  if (mark === undefined || !isName(portal)) return undefined;
  const message = textIn(mark, 'message');
  return { portal: portalId(portal), message: isName(message) ? remoteMessageId(message) : undefined };
}

function isName(text: string | undefined): text is string {
  return text !== undefined && text !== '' && text.length <= longest;
}
