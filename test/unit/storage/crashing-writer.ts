import { parentPort } from 'node:worker_threads';

// A writer that dies of its first batch.
parentPort?.on('message', () => {
  throw new Error('struck by lightning');
});
parentPort?.postMessage({ kind: 'ready' });
