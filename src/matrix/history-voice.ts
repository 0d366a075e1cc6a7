import type { GhostVoice } from './ghost-voice.ts';
import { isObject, type JsonObject } from './request.ts';

/** What says of an event that it was brought in from an archive, long after it was said. */
export const HISTORY_KEY = 'io.causeway.history';

/**
 * A voice for what was said long ago. Its events are marked and call nobody: with `m.mentions` there and empty (MSC3952)
 * homeservers and clients look for no names in the text either. Who has joined the room before them may still find them
 * unread: no push rule of the specification leaves out an event for its age.
 */
export function historyVoice(voice: GhostVoice): GhostVoice {
  return {
    ...voice,
    send: (type, content, part, at) => voice.send(type, quiet(content), part, at),
    react: (target, emoji, content, at) =>
      voice.react(target, emoji, { ...content, [HISTORY_KEY]: true }, at),
  };
}

function quiet(content: JsonObject): JsonObject {
  const edited = content['m.new_content'];
  return {
    ...content,
    'm.mentions': {},
    ...(isObject(edited) ? { 'm.new_content': { ...edited, 'm.mentions': {} } } : {}),
    [HISTORY_KEY]: true,
  };
}
