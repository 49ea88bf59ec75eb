import { beforeEach } from 'vitest';

/** Prints the last lines of what the peers said, after a test that failed and only then. */
export function showLogOfFailures(log: () => string, maxLines = 200): void {
  beforeEach(({ onTestFailed }) => {
    onTestFailed(() => {
      console.log(log().split('\n').slice(-maxLines).join('\n'));
    });
  });
}
