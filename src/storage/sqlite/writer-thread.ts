import { parentPort, workerData } from 'node:worker_threads';
import { openConnection } from './connection.ts';
import type { ConnectionOptions } from './connection.ts';
import { storageError } from './sqlite-error.ts';
import type { StorageErrorCode } from '../storage-error.ts';
import type { Field } from './operations.ts';
import { Writer } from './writer.ts';

/** What the writer's thread is started with. */
export interface WriterStart extends ConnectionOptions {
  /** Key of the seal on the log's end. */
  readonly headKey: Uint8Array;
}

/** A batch on its way to the writer. `fields` undefined: close the database and end. */
export type WriterRequest = { readonly count: number; readonly fields: readonly Field[] } | 'close';

/** What comes back: `ready` once, then one answer a batch, in order. */
export type WriterReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'written'; readonly outcomes: Uint8Array }
  | { readonly kind: 'failed'; readonly code: StorageErrorCode; readonly message: string };

// What a statement cannot get past on an open connection that looks otherwise well: the next batch gets a new one.
const reopenedAfter: readonly StorageErrorCode[] = ['io-failed', 'database-damaged', 'database-unusable', 'read-only'];

function run(start: WriterStart, reply: (message: WriterReply) => void): (request: WriterRequest) => void {
  let db = openConnection(start);
  let writer: Writer | undefined = new Writer(db, start.headKey);
  const reopened = (): Writer => {
    db = openConnection(start);
    return new Writer(db, start.headKey);
  };
  return (request) => {
    if (request === 'close') {
      if (db.isOpen) db.close();
      parentPort?.close();
      return;
    }
    try {
      writer ??= reopened();
      reply({ kind: 'written', outcomes: writer.apply(request.fields, request.count) });
    } catch (error) {
      const { code, message } = storageError(error, start.file);
      if (reopenedAfter.includes(code)) {
        if (db.isOpen) db.close();
        writer = undefined;
      }
      reply({ kind: 'failed', code, message });
    }
  };
}

if (parentPort !== null) {
  const port = parentPort;
  const reply = (message: WriterReply): void => port.postMessage(message);
  try {
    port.on('message', run(workerData as WriterStart, reply));
    reply({ kind: 'ready' });
  } catch (error) {
    const { code, message } = storageError(error, (workerData as WriterStart).file);
    reply({ kind: 'failed', code, message });
    port.close();
  }
}
