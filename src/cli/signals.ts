/** What the system tells a running server. */
export interface Signals {
  /** Resolves with the first SIGTERM or SIGINT; from then on the next one ends the process at once. */
  readonly stopping: Promise<NodeJS.Signals>;
  /** From now on SIGHUP calls this, one call after the other; at once where one came before. */
  onHangUp(reload: () => Promise<void>): void;
  /** SIGHUP means nothing from now on; resolves when a reload that runs has ended. */
  ignoreHangUp(): Promise<void>;
}

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Listens from this moment on: before it, SIGHUP would end a server that is only starting. */
export function watchSignals(): Signals {
  let reload: (() => Promise<void>) | undefined;
  let hasComeEarly = false;
  let reloading = Promise.resolve();
  const onHangUp = (): void => {
    if (reload === undefined) hasComeEarly = true;
    else reloading = reloading.then(reload);
  };
  process.on('SIGHUP', onHangUp);
  const stopping = new Promise<NodeJS.Signals>((resolve) => {
    const stop = (signal: NodeJS.Signals): void => {
      for (const name of STOP_SIGNALS) process.off(name, stop);
      resolve(signal);
    };
    for (const name of STOP_SIGNALS) process.on(name, stop);
  });
  return {
    stopping,
    onHangUp(next) {
      reload = next;
      if (hasComeEarly) onHangUp();
    },
    ignoreHangUp() {
      reload = () => Promise.resolve();
      return reloading;
    },
  };
}
