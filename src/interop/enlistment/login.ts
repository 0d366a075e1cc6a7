/** The name that a host gives to an enlisted user: `1-10853634039893@interop`. */
import { enlistmentProfile } from '../profile/identity-profile.ts';

/** An internal identifier: the integrator's number, and the user's, which is too large for a number of JavaScript. */
export interface Login {
  readonly integrator: number;
  readonly user: string;
}

const form = /^(0|[1-9][0-9]{0,4})-([1-9][0-9]{0,19})@([a-z]{1,16})$/;
const { maxIntegrator, maxUser, server } = enlistmentProfile;

/** Reads the text form; undefined where it is not exactly that. */
export function parseLogin(text: string): Login | undefined {
  const [, integrator = '', user = '', host] = form.exec(text) ?? [];
  return host === server && isLogin(Number(integrator), user)
    ? { integrator: Number(integrator), user }
    : undefined;
}

/** Makes the text form. Throws where the parts are none: they come from our own counting. */
export function renderLogin({ integrator, user }: Login): string {
  const text = `${integrator}-${user}@${server}`;
  if (parseLogin(text) === undefined) throw new RangeError('not the parts of a login');
  return text;
}

function isLogin(integrator: number, user: string): boolean {
  return integrator <= maxIntegrator && user !== '' && BigInt(user) <= maxUser;
}
