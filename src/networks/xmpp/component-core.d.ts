/** The part of `@xmpp/component-core` 0.13 that is used; the package brings no types. */
declare module '@xmpp/component-core' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';
  import type { Element } from '@xmpp/xml';

  /** One stream to a server as an external component: the socket, the XML parser and the handshake (XEP-0114). */
  export class Component extends EventEmitter<ComponentEvents> {
    constructor(options: { readonly service: string; readonly domain: string });
    /** Constructs the socket of each connection. */
    Socket: new () => Socket;
    /** How long the stream's opening and the handshake may take, in milliseconds. */
    timeout: number;
    readonly socket: Socket | null;
    /** Resolves once the socket is connected. */
    connect(service: string): Promise<unknown>;
    /** Resolves to the server's stream header. */
    open(options: { readonly domain: string; readonly timeout: number }): Promise<Element>;
    authenticate(streamId: string, secret: string): Promise<void>;
    /** Feeds the parser. Throws on what the parser cannot read. */
    _onData(data: Buffer | string): void;
  }

  export interface ComponentEvents {
    stanza: [Element];
    error: [unknown];
    /** The server has ended the stream. */
    close: [unknown];
    /** The socket has closed. */
    disconnect: [unknown];
  }
}
