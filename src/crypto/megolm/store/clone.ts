/** Structured clones (https://html.spec.whatwg.org/#safe-passing-of-structured-data) as bytes, by V8's own serializer. */
import { DefaultDeserializer, DefaultSerializer } from 'node:v8';
import { domError } from './errors.ts';

/** V8 constructs what it throws by this member, with and without `new`. */
function notCloneable(message: string): DOMException {
  return domError('DataCloneError', message);
}

class Cloner extends DefaultSerializer {
  readonly _getDataCloneError = function (message: string): DOMException {
    return notCloneable(message);
  };
}

/** The bytes of a value. Throws a `DataCloneError`, or what a getter of the value throws. */
export function freeze(value: unknown): Buffer {
  const cloner = new Cloner();
  cloner.writeHeader();
  cloner.writeValue(value);
  return cloner.releaseBuffer();
}

/** A new value from its bytes. */
export function thaw(bytes: Buffer): unknown {
  const reader = new DefaultDeserializer(bytes);
  reader.readHeader();
  return reader.readValue();
}
