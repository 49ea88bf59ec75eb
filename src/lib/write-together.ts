/** What can hold back what is written to it. */
export interface Corkable {
  cork(): void;
  uncork(): void;
}

/** To be called before each write: what is written in one turn of the event loop leaves together, by one system call. */
export function createWriteTogether(stream: Corkable): () => void {
  let isCorked = false;
  return () => {
    if (isCorked) return;
    isCorked = true;
    stream.cork();
    setImmediate(() => {
      isCorked = false;
      stream.uncork();
    });
  };
}
