/** https://html.spec.whatwg.org/#domstringlist */
export class DOMStringList extends Array<string> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  static holding(names: readonly string[]): DOMStringList {
    const list = new DOMStringList();
    list.push(...names);
    return list;
  }

  contains(name: unknown): boolean {
    return this.includes(String(name));
  }

  item(index: number): string | null {
    return this[index] ?? null;
  }

  readonly [Symbol.toStringTag]: string = 'DOMStringList';
}
