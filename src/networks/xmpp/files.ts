/**
 * Files that came in messages: Out of Band Data (https://xmpp.org/extensions/xep-0066.html), Stateless File Sharing
 * (https://xmpp.org/extensions/xep-0447.html) with its metadata (https://xmpp.org/extensions/xep-0446.html), and what
 * came before that and some clients still write, Stateless Inline Media Sharing (https://xmpp.org/extensions/xep-0385.html).
 */
import type { Element } from '@xmpp/xml';
import {
  count,
  fileName,
  lastSegment,
  mediaType,
  mediaTypeByName,
  milliseconds,
  pixels,
  unknownType,
  webAddress,
} from './file-facts.ts';
import { namespaces } from './namespaces.ts';
import { attribute } from './stanza.ts';
import { readPreviews, type Previews } from './thumbnails.ts';

/** Where a file lies and what its sender says of it. `name` is safe to show: no path, no control characters. */
export interface FileSource {
  /** http or https. */
  readonly url: string;
  readonly name: string;
  readonly mimetype: string;
  readonly size: number | undefined;
}

/** A file as a stanza describes it. */
export interface SharedFile extends FileSource, Previews {
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** In milliseconds. */
  readonly duration: number | undefined;
  /** What its sender says that it shows; for a sticker what it stands for. */
  readonly description: string | undefined;
}

/** One message brings at most this many files. */
export const mostFiles = 50;

/** The files of a stanza that can be fetched, each once; where there are more than it may bring, one more than that. */
export interface SharedFiles {
  /** Whether they came with metadata (XEP-0447, XEP-0385), or as bare addresses (XEP-0066). */
  readonly form: 'file-sharing' | 'oob';
  readonly files: readonly [SharedFile, ...SharedFile[]];
}

/** A file's metadata, and the addresses at which it lies. */
interface Sharing {
  readonly metadata: Element | undefined;
  readonly targets: readonly string[];
}

/** The files that a stanza shares, in its order, or `undefined` where there is none that can be fetched. */
export function sharedFiles(stanza: Element): SharedFiles | undefined {
  const oob = unique(outOfBandTargets(stanza).flatMap((target) => webAddress(target) ?? []));
  const sharings = sharingsOf(stanza);
  const files = new Map<string, SharedFile>();
  for (const { metadata, targets } of sharings) {
    if (files.size > mostFiles) break;
    // One whose sources are all of other kinds may still be found at the address for simpler clients.
    const [url] = [
      ...targets.flatMap((target) => webAddress(target) ?? []),
      ...(sharings.length === 1 ? oob : []),
    ];
    if (url !== undefined && !files.has(url)) files.set(url, describe(url, metadata, stanza));
  }
  const [shared, ...others] = files.values();
  if (shared !== undefined) return { form: 'file-sharing', files: [shared, ...others] };
  const [bare, ...more] = oob.map((url) => describe(url, undefined, stanza));
  return bare === undefined ? undefined : { form: 'oob', files: [bare, ...more] };
}

/** Every address that a stanza gives for a file, whatever its scheme. */
export function fileAddresses(stanza: Element): readonly string[] {
  const targets = sharingsOf(stanza).flatMap((sharing) => sharing.targets);
  return [...targets, ...outOfBandTargets(stanza)].map((url) => url.trim());
}

function describe(url: string, metadata: Element | undefined, stanza: Element): SharedFile {
  const said = (name: string): string | undefined => metadata?.getChildText(name) ?? undefined;
  const name = fileName(said('name')) ?? fileName(lastSegment(url)) ?? 'file';
  // The first versions of XEP-0446 had one element for both.
  const [, width, height] = /^\s*(\d{1,6})x(\d{1,6})\s*$/.exec(said('dimensions') ?? '') ?? [];
  const mimetype =
    mediaType(said('media-type')) ??
    mediaTypeByName(name) ??
    mediaTypeByName(lastSegment(url)) ??
    unknownType;
  return {
    ...{ url, name, mimetype },
    size: count(said('size')),
    width: pixels(said('width') ?? width),
    height: pixels(said('height') ?? height),
    duration: milliseconds(said('length')),
    description: fileName(said('desc')?.slice(0, 1000)),
    ...readPreviews(metadata, stanza),
  };
}

function sharingsOf(stanza: Element): readonly Sharing[] {
  const stateless = stanza.getChildren('file-sharing', namespaces.fileSharing).map((sharing): Sharing => ({
    metadata: sharing.getChild('file', namespaces.fileMetadata),
    targets: (sharing.getChild('sources')?.getChildren('url-data', namespaces.urlData) ?? []).map(
      (source) => attribute(source, 'target') ?? '',
    ),
  }));
  if (stateless.length > 0) return stateless;
  return stanza
    .getChildren('reference', namespaces.reference)
    .flatMap((reference) => reference.getChildren('media-sharing', namespaces.mediaSharing))
    .map((sharing) => ({
      metadata: sharing.getChild('file', namespaces.jingleFile),
      targets: (sharing.getChild('sources')?.getChildren('reference', namespaces.reference) ?? []).map(
        (source) => attribute(source, 'uri') ?? '',
      ),
    }));
}

function outOfBandTargets(stanza: Element): readonly string[] {
  return stanza.getChildren('x', namespaces.oob).map((oob) => oob.getChildText('url') ?? '');
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
