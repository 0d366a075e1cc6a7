import type { FileFinder, Shelf } from '../../interop/media/shelf/shelf.ts';

/** Files of a shelf that is opened later: until then there are none. */
export interface LaterShelf {
  readonly files: FileFinder;
  put(shelf: Shelf | undefined): void;
}

export function laterShelf(): LaterShelf {
  let there: Shelf | undefined;
  return {
    files: { find: async (ref) => there?.find(ref) },
    put: (shelf) => void (there = shelf),
  };
}
