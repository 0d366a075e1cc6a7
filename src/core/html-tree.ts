/**
 * Builds the tree of permitted elements from the tokens of a real HTML tokenizer (htmlparser2; https://html.spec.whatwg.org/#tokenization).
 * What is put on the tree is balanced, so writing it and parsing it again gives the same tree.
 */
import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';
import {
  allowedAttribute,
  allowedTag,
  blockTags,
  droppedWhole,
  maxDepth,
  voidTags,
  withoutControls,
  type AllowedTag,
} from './html-subset.ts';
import type { HtmlElement, HtmlNode } from './html.ts';

interface OpenElement {
  readonly tag: AllowedTag | 'root';
  readonly children: HtmlNode[];
}

/** Which open elements an opening one ends, and which ancestors shield those beyond them. */
interface Closing {
  readonly ends: ReadonlySet<string>;
  readonly within: ReadonlySet<string>;
}
const paragraph: Closing = {
  ends: new Set(['p']),
  within: new Set([...blockTags].filter((tag) => tag !== 'p')),
};
const cell: Closing = { ends: new Set(['td', 'th']), within: new Set(['table']) };
const section: Closing = {
  ends: new Set(['thead', 'tbody', 'caption', 'tr', 'td', 'th']),
  within: new Set(['table']),
};
const closings: Partial<Record<AllowedTag, Closing>> = {
  li: { ends: new Set(['li']), within: new Set(['ul', 'ol']) },
  td: cell,
  th: cell,
  tr: { ends: new Set(['tr', 'td', 'th', 'caption']), within: new Set(['table']) },
  thead: section,
  tbody: section,
  a: { ends: new Set(['a']), within: new Set() },
};

/** Parses one text; made anew for each. */
export class HtmlTreeBuilder {
  readonly #root: OpenElement = { tag: 'root', children: [] };
  readonly #stack: OpenElement[] = [this.#root];
  #source = '';
  #text = '';
  #name = '';
  #attributes: [string, string][] = [];
  #attribute = '';
  #value = '';
  /** The element whose whole content is dropped, and how many of its name are open. */
  #dropped: { readonly name: string; open: number } | undefined;

  parse(html: string): readonly HtmlNode[] {
    this.#source = html.toWellFormed();
    const tokenizer = new Tokenizer({ xmlMode: false, decodeEntities: true }, this.#callbacks());
    tokenizer.write(this.#source);
    tokenizer.end();
    this.#flush();
    return this.#root.children;
  }

  #callbacks(): TokenizerCallbacks {
    const slice = (start: number, end: number): string => this.#source.slice(start, end);
    const ignore = (): void => undefined;
    return {
      ontext: (start, end) => this.#addText(slice(start, end)),
      ontextentity: (codePoint) => this.#addText(String.fromCodePoint(codePoint)),
      onopentagname: (start, end) => {
        this.#name = slice(start, end).toLowerCase();
        this.#attributes = [];
      },
      onattribname: (start, end) => {
        this.#attribute = slice(start, end).toLowerCase();
        this.#value = '';
      },
      onattribdata: (start, end) => (this.#value += slice(start, end)),
      onattribentity: (codePoint) => (this.#value += String.fromCodePoint(codePoint)),
      onattribend: () => this.#attributes.push([this.#attribute, this.#value]),
      onopentagend: () => this.#open(),
      onselfclosingtag: () => this.#open(),
      onclosetag: (start, end) => this.#close(slice(start, end).toLowerCase()),
      oncdata: ignore,
      oncomment: ignore,
      ondeclaration: ignore,
      onprocessinginstruction: ignore,
      onend: ignore,
    };
  }

  #addText(text: string): void {
    if (this.#dropped === undefined) this.#text += text;
  }

  #flush(): void {
    const text = withoutControls(this.#text);
    this.#text = '';
    const siblings = this.#top().children;
    if (text !== '') siblings.push({ kind: 'text', text });
  }

  #open(): void {
    const name = this.#name;
    if (this.#dropped !== undefined) {
      if (name === this.#dropped.name) this.#dropped.open += 1;
      return;
    }
    if (droppedWhole.has(name)) {
      this.#dropped = { name, open: 1 };
      return;
    }
    const tag = allowedTag(name);
    if (tag === undefined) return;
    this.#endWhatEnds(tag);
    if (this.#stack.length <= maxDepth) this.#push(tag);
  }

  #push(tag: AllowedTag): void {
    const attributes = this.#allowedAttributes(tag);
    if (tag === 'img' && !attributes.has('src')) {
      this.#addText(attributes.get('alt') ?? '');
      return;
    }
    this.#flush();
    const children: HtmlNode[] = [];
    const element: HtmlElement = { kind: 'element', tag, attributes, children };
    this.#top().children.push(element);
    if (!voidTags.has(tag)) this.#stack.push({ tag, children });
  }

  #allowedAttributes(tag: AllowedTag): ReadonlyMap<string, string> {
    const allowed = new Map<string, string>();
    for (const [name, value] of this.#attributes) {
      const kept = allowed.has(name) ? undefined : allowedAttribute(tag, name, value);
      if (kept !== undefined) allowed.set(name, kept);
    }
    return allowed;
  }

  /** Ends the elements whose end tags HTML lets people leave out. */
  #endWhatEnds(tag: AllowedTag): void {
    if (blockTags.has(tag)) this.#endNearest(paragraph);
    const closing = closings[tag];
    if (closing !== undefined) this.#endNearest(closing);
  }

  #endNearest({ ends, within }: Closing): void {
    let outermost = 0;
    for (let at = this.#stack.length - 1; at > 0; at -= 1) {
      const open = this.#stack[at]?.tag ?? 'root';
      if (ends.has(open)) outermost = at;
      else if (within.has(open)) break;
    }
    if (outermost > 0) this.#popTo(outermost);
  }

  #close(name: string): void {
    if (this.#dropped !== undefined) {
      if (name === this.#dropped.name) this.#dropped.open -= 1;
      if (this.#dropped.open === 0) this.#dropped = undefined;
      return;
    }
    const tag = allowedTag(name);
    const at = tag === undefined ? -1 : this.#stack.findLastIndex((open) => open.tag === tag);
    if (at > 0) this.#popTo(at);
  }

  #popTo(length: number): void {
    this.#flush();
    this.#stack.length = length;
  }

  #top(): OpenElement {
    return this.#stack.at(-1) ?? this.#root;
  }
}
