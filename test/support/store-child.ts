/** A process of its own for the tests of the engine's store: `open FILE` says how opening went, `write FILE` writes until it is killed. */
import { EngineStoreError } from '../../src/crypto/megolm/store/errors.ts';
import { openStore } from '../../src/crypto/megolm/store/open-store.ts';
import { ended, openWith } from './engine-store.ts';

const [what, file = ''] = process.argv.slice(2);

function tryToOpen(): string {
  try {
    openStore(file);
    return 'opened';
  } catch (error) {
    return error instanceof EngineStoreError ? error.code : 'unknown';
  }
}

/** Four machines count, twice in each transaction; a number is said when its transaction is complete. */
async function write(): Promise<void> {
  const store = openStore(file);
  const machines = await Promise.all(
    [0, 1, 2, 3].map((machine) =>
      openWith(store.indexedDB, `machine ${machine}`, 1, (database) => {
        database.createObjectStore('s');
      }),
    ),
  );
  let number = Number(store.own.get('last') ?? 0) + 4;
  for (;;) {
    const round = number;
    await Promise.all(
      machines.map(async (database, machine) => {
        const transaction = database.transaction('s', 'readwrite');
        const end = ended(transaction);
        transaction.objectStore('s').put(round + machine, 'counter');
        transaction.objectStore('s').put(round + machine, 'mirror');
        if ((await end) === 'complete') process.stdout.write(`${round + machine}\n`);
      }),
    );
    number += 4;
    await store.own.put('last', String(number));
  }
}

if (what === 'open') process.stdout.write(`${tryToOpen()}\n`);
else await write();
