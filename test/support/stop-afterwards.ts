import { afterAll } from 'vitest';

/** Gives a function that remembers what was started; all of it is stopped after the tests, the latest first. */
export function stopAfterwards(): <T extends { stop(): Promise<void> }>(starting: Promise<T>) => Promise<T> {
  const started: { stop(): Promise<void> }[] = [];
  afterAll(async () => {
    for (const one of started.reverse()) await one.stop();
  });
  return async (starting) => {
    const one = await starting;
    started.push(one);
    return one;
  };
}
