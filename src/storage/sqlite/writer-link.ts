import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
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

// A thread does not share the compile cache of its process: with one it need not strip types itself (25 MB, 50 ms).
const CACHED_ENTRY = `
  const { workerData } = require('node:worker_threads');
  require('node:module').enableCompileCache(workerData.cacheDirectory);
  import(workerData.entry);`;

/** Starts the SQLite writer on a thread of its own; `entry` is for tests. */
export function threadStarter(
  start: WriterStart,
  entry = new URL(`./writer-thread.${extension}`, import.meta.url),
): StartWriter {
  return (events) => {
    const worker = startThread(start, entry);
    let problem: string | undefined;
    worker.on('message', (reply: WriterReply) => events.onReply(reply));
    worker.on('error', (error) => (problem = error instanceof Error ? error.message : String(error)));
    worker.on('exit', (status) => events.onEnd(problem ?? (status === 0 ? undefined : `exit status ${status}`)));
    return { post: (request) => worker.postMessage(request) };
  };
}

function startThread(start: WriterStart, entry: URL): Worker {
  const options = { name: 'sallyport-writer', execArgv: [] };
  const cache = getCompileCacheDir();
  if (cache === undefined) return new Worker(entry, { ...options, workerData: start });
  // The directory given is the one of this Node version inside the one that was asked for.
  const workerData = { ...start, entry: entry.href, cacheDirectory: dirname(cache) };
  return new Worker(CACHED_ENTRY, { ...options, eval: true, workerData });
}
