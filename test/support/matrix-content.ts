/** The content of a message event. */
export type Content = Readonly<Record<string, unknown>>;

/** A file that is in the homeserver's media store. */
export interface StoredFile {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly mxc: string;
}

export function textContent(body: string): Content {
  return { msgtype: 'm.text', body };
}

export function htmlContent(body: string, html: string): Content {
  return { msgtype: 'm.text', body, format: 'org.matrix.custom.html', formatted_body: html };
}

export function replyContent(eventId: string, body: string): Content {
  return { ...textContent(body), 'm.relates_to': { 'm.in_reply_to': { event_id: eventId } } };
}

export function editContent(eventId: string, body: string): Content {
  const relation = { rel_type: 'm.replace', event_id: eventId };
  return { ...textContent(`* ${body}`), 'm.new_content': textContent(body), 'm.relates_to': relation };
}

export function reactionContent(eventId: string, key: string): Content {
  return { 'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key } };
}

/** Image, video, audio or file, as the type of the file says; a caption makes the name a field of its own. */
export function fileContent(file: StoredFile, info: Content, caption?: string): Content {
  const [family] = file.type.split('/');
  const msgtype = family === 'image' || family === 'video' || family === 'audio' ? `m.${family}` : 'm.file';
  return {
    msgtype,
    body: caption ?? file.name,
    filename: file.name,
    url: file.mxc,
    info: { mimetype: file.type, size: file.size, ...info },
  };
}
