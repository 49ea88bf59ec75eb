import { Worker } from 'node:worker_threads';
import type { WriterReply, WriterRequest, WriterStart } from './writer-thread.ts';

/** What happens on the other side of a link. */
export interface WriterEvents {
  onReply(reply: WriterReply): void;
  /** The writer has ended: asked to, or crashed (`problem` says how). Nothing is called after it. */
  onEnd(problem: string | undefined): void;
}

/** A running writer. */
export interface WriterLink {
  post(request: WriterRequest): void;
}

/** Starts a writer; each call starts a new one. */
export type StartWriter = (events: WriterEvents) => WriterLink;

// The program runs from TypeScript as it stands and from JavaScript in the published package.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** Starts the SQLite writer on a thread of its own; `entry` is for tests. */
export function threadStarter(
  start: WriterStart,
  entry = new URL(`./writer-thread.${extension}`, import.meta.url),
): StartWriter {
  return (events) => {
    const worker = new Worker(entry, { workerData: start, name: 'sallyport-writer', execArgv: [] });
    let problem: string | undefined;
    worker.on('message', (reply: WriterReply) => events.onReply(reply));
    worker.on('error', (error) => (problem = error instanceof Error ? error.message : String(error)));
    worker.on('exit', (status) => events.onEnd(problem ?? (status === 0 ? undefined : `exit status ${status}`)));
    return { post: (request) => worker.postMessage(request) };
  };
}
