/** Files of encrypted rooms, as clients seal and open them: https://spec.matrix.org/v1.16/client-server-api/#sending-encrypted-attachments */
import { Attachment, EncryptedAttachment } from '@matrix-org/matrix-sdk-crypto-wasm';
import type { Content } from './matrix-content.ts';

/** The keys of files that a client has sent or seen, by their addresses. */
export class SealedFiles {
  readonly #infos = new Map<string, Content>();

  /** Encrypts a file; what `uploaded` is given together with the address that the ciphertext got. */
  seal(bytes: Uint8Array): { readonly bytes: Uint8Array<ArrayBuffer>; readonly info: string } {
    const sealed = Attachment.encrypt(bytes);
    const info = sealed.mediaEncryptionInfo;
    if (info === undefined) throw new Error('The file was sealed without a key.');
    return { bytes: new Uint8Array(sealed.encryptedData), info };
  }

  uploaded(mxc: string, info: string): void {
    const parsed: unknown = JSON.parse(info);
    this.#infos.set(mxc, objectOf(parsed));
  }

  /** The bytes of a file; as they came where it is not a sealed one. Throws where the hash does not fit. */
  open(mxc: string, bytes: Uint8Array): Uint8Array {
    const info = this.#infos.get(mxc);
    if (info === undefined) return bytes;
    return Attachment.decrypt(new EncryptedAttachment(bytes, JSON.stringify(info)));
  }

  isSealed(mxc: string): boolean {
    return this.#infos.has(mxc);
  }

  /** What an event has to say where it names sealed files: `file` in place of `url`, at every depth. */
  toWire(content: Content): Content {
    return mapped(content, (fields) => {
      let wire = fields;
      for (const [plain, sealed] of names) {
        const { [plain]: url, ...rest } = wire;
        const info = typeof url === 'string' ? this.#infos.get(url) : undefined;
        if (info !== undefined) wire = { ...rest, [sealed]: { ...info, url } };
      }
      return wire;
    });
  }

  /** What the person sees: files at their addresses, whose keys are remembered. */
  fromWire(content: Content): Content {
    return mapped(content, (fields) => {
      let shown = fields;
      for (const [plain, sealed] of names) {
        const { [sealed]: file, ...rest } = shown;
        if (typeof file !== 'object' || file === null) continue;
        const { url, ...info } = objectOf(file);
        if (typeof url !== 'string') continue;
        this.#infos.set(url, info);
        shown = { ...rest, [plain]: url };
      }
      return shown;
    });
  }
}

const names = [
  ['url', 'file'],
  ['thumbnail_url', 'thumbnail_file'],
] as const;

function mapped(content: Content, change: (fields: Content) => Content): Content {
  const inner: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(content)) inner[key] = mappedValue(value, change);
  return change(inner);
}

function mappedValue(value: unknown, change: (fields: Content) => Content): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => mappedValue(item, change));
  if (typeof value !== 'object' || value === null) return value;
  // The description of a sealed file is one thing.
  if ('hashes' in value && 'key' in value) return value;
  return mapped(objectOf(value), change);
}

function objectOf(value: unknown): Content {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
