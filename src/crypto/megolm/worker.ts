/** Where the engine's worker thread starts. Everything that uses the crypto engine happens on it. */
import { parentPort, workerData } from 'node:worker_threads';
import { runWorker } from './worker-run.ts';
import type { WorkerSetup } from './wire.ts';

if (parentPort !== null) await runWorker(workerData as WorkerSetup, parentPort);
