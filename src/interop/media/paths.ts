/** Where files lie, as messages say it: paths, never whole addresses. See interop/profile/media-profile.ts for the marks. */
import { mediaProfile } from '../profile/media-profile.ts';

/** A file that a partner hosts, as the gatekeeper's users ask for it. */
export interface PartnerFile {
  readonly integrator: number;
  readonly ref: string;
}

const { paths, references } = mediaProfile;

/** Whether a text can name a file that a partner hosts: one segment of a path, no more. */
export function isPartnerRef(ref: string): boolean {
  return references.partner.pattern.test(ref);
}

/** What goes into a message for a file that a partner hosts [O]. Throws where a part is not one. */
export function downloadPath({ integrator, ref }: PartnerFile): string {
  if (!isIntegrator(integrator) || !isPartnerRef(ref)) throw new TypeError('not a file of a partner');
  return `${paths.download.prefix}${integrator}/${ref}/`;
}

/** Reads such a path out of a message; `undefined` where it is not exactly one. */
export function parseDownloadPath(path: string): PartnerFile | undefined {
  if (!path.startsWith(paths.download.prefix)) return undefined;
  const [number = '', ref = '', end, ...more] = path.slice(paths.download.prefix.length).split('/');
  const integrator = /^(?:0|[1-9]\d{0,4})$/.test(number) ? Number(number) : undefined;
  const isOne = end === '' && more.length === 0 && isPartnerRef(ref);
  return isOne && integrator !== undefined && isIntegrator(integrator) ? { integrator, ref } : undefined;
}

/** What goes into a message for a file that the gatekeeper hosts [O]. Throws where the reference is not one. */
export function hostedPath(ref: string): string {
  const path = `${paths.hosted.prefix}${ref}`;
  if (parseHostedPath(path) === undefined) throw new TypeError('not a reference');
  return path;
}

/** The reference in such a path of a message; `undefined` where it is not exactly one, or leads out of its folder. */
export function parseHostedPath(path: string): string | undefined {
  if (!path.startsWith(paths.hosted.prefix)) return undefined;
  const ref = path.slice(paths.hosted.prefix.length);
  const { pattern, mostCharacters } = references.hosted;
  const isOne = ref.length <= mostCharacters && pattern.test(ref) && !/(?:^|\/)\.{1,2}(?:[/?]|$)/.test(ref);
  return isOne ? ref : undefined;
}

function isIntegrator(integrator: number): boolean {
  return Number.isInteger(integrator) && integrator >= 0 && integrator <= paths.integrator.most;
}
