import { readFile, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Something that must not be found, in each of the forms in which it could have been written. */
export interface Secret {
  readonly name: string;
  readonly forms: readonly Buffer[];
}

/** A text, as UTF-8 and in the forms of bytes. */
export function secretText(name: string, text: string): Secret {
  return { name, forms: [Buffer.from(text, 'utf16le'), ...twice(coded(Buffer.from(text)))] };
}

/**
 * Bytes, raw and as hexadecimal, base64, and a list of numbers as JSON and MessagePack write it; and all that in base64 once
 * more, which is how the engine writes its JSON where it does not encrypt it.
 */
export function secretBytes(name: string, bytes: Uint8Array): Secret {
  const raw = Buffer.from(bytes);
  const packed = Buffer.from([...raw].flatMap((byte) => (byte < 0x80 ? [byte] : [0xcc, byte])));
  return { name, forms: twice([...coded(raw), Buffer.from([...raw].join(',')), packed]) };
}

/** Some pieces of what is long, so that one that was cut is found too. */
export function secretFile(name: string, bytes: Uint8Array): readonly Secret[] {
  return [0, 0.25, 0.5, 0.75].map((part) => {
    const at = Math.floor(bytes.byteLength * part) + 16;
    return secretBytes(`${name} at ${at}`, bytes.subarray(at, at + 32));
  });
}

/** The names of the secrets that are in there. */
export function found(secrets: readonly Secret[], where: Buffer): readonly string[] {
  return secrets.filter(({ forms }) => forms.some((form) => where.includes(form))).map(({ name }) => name);
}

/** `<file>: <secret>` for each secret in each file of a folder, but for those (by their path in it) that are left out. */
export async function foundInFolder(
  secrets: readonly Secret[],
  folder: string,
  leftOut: (path: string) => boolean,
): Promise<{ readonly files: readonly string[]; readonly found: readonly string[] }> {
  const entries = await readdir(folder, { recursive: true });
  const files: string[] = [];
  const all: string[] = [];
  for (const name of entries) {
    const path = relative('', name);
    if (leftOut(path)) continue;
    const bytes = await readIfThere(join(folder, path));
    if (bytes === undefined) continue;
    files.push(path);
    all.push(...found(secrets, bytes).map((secret) => `${path}: ${secret}`));
  }
  return { files, found: all };
}

/** Databases remove files while they run. */
async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return (await stat(file)).isFile() ? await readFile(file) : undefined;
  } catch {
    return undefined;
  }
}

function coded(bytes: Buffer): readonly Buffer[] {
  const hex = bytes.toString('hex');
  return [bytes, Buffer.from(hex), Buffer.from(hex.toUpperCase()), ...base64(bytes)];
}

function twice(forms: readonly Buffer[]): readonly Buffer[] {
  const all = [...forms, ...forms.flatMap(base64)].map((form) => form.toString('latin1'));
  return [...new Set(all)].map((form) => Buffer.from(form, 'latin1'));
}

/** Base64 differs by where in the text the bytes begin; the characters at both ends hold bits of their neighbours. */
function base64(bytes: Buffer): readonly Buffer[] {
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const own = text.slice(before === 0 ? 0 : before + 1, -1);
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')].map((form) => Buffer.from(form));
  });
}
