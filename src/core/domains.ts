/** Domains as names of servers. */

/** A domain and all above it, the narrowest first. */
export function withParents(domain: string): readonly string[] {
  const found = [domain];
  for (let dot = domain.indexOf('.'); dot !== -1; dot = domain.indexOf('.', dot + 1))
    found.push(domain.slice(dot + 1));
  return found;
}
