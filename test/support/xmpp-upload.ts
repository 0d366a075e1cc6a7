import { xml } from '@xmpp/client';
import { attribute, NS, type Stanza } from './xmpp-stanzas.ts';

/** Where a file may be put, and where it can then be got (XEP-0363). */
export interface UploadSlot {
  readonly put: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly get: string;
}

/** A file to upload. */
export interface UploadFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The question for a slot, to be put into an IQ of type get to the upload host. */
export function slotRequest(file: UploadFile): Stanza {
  const size = String(file.bytes.byteLength);
  return xml('request', { xmlns: NS.upload, filename: file.name, size, 'content-type': file.type });
}

/** Reads the answer to `slotRequest`; throws when it is no slot. */
export function parseSlot(slot: Stanza | undefined): UploadSlot {
  const put = slot?.getChild('put');
  const get = slot?.getChild('get');
  const putUrl = put && attribute(put, 'url');
  const getUrl = get && attribute(get, 'url');
  if (put === undefined || putUrl === undefined || getUrl === undefined) {
    throw new Error(`Not an upload slot: ${String(slot)}`);
  }
  const headers = put.getChildren('header').map((header) => [attribute(header, 'name') ?? '', header.text()]);
  return { put: putUrl, get: getUrl, headers: Object.fromEntries(headers) as Record<string, string> };
}

/** Puts the file into its slot and returns the address to share. */
export async function putFile(slot: UploadSlot, file: UploadFile): Promise<string> {
  const headers = { ...slot.headers, 'content-type': file.type };
  const response = await fetch(slot.put, { method: 'PUT', headers, body: file.bytes });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`The upload got ${response.status}.`);
  return slot.get;
}
