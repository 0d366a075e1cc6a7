import type { MatrixUserId } from '../../src/core/ids.ts';
import type { FaceStore, GhostFace } from '../../src/core/stores.ts';

/** The looks of ghosts in memory: a double for tests that need no database. */
export class MemoryFaces implements FaceStore {
  readonly #faces = new Map<MatrixUserId, GhostFace>();

  async get(userId: MatrixUserId): Promise<GhostFace | undefined> {
    return this.#faces.get(userId);
  }

  async put(userId: MatrixUserId, face: GhostFace): Promise<void> {
    this.#faces.set(userId, face);
  }

  async forget(userId: MatrixUserId): Promise<void> {
    this.#faces.delete(userId);
  }
}
