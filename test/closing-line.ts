import type { Reporter, TestModule } from 'vitest/node';

/** Ends the output with `N passed, N failed`, the sum of what vitest reports. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    let skipped = 0;
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        else if (state === 'failed') failed += 1;
        else skipped += 1;
      }
      // A suite whose set-up failed has skipped tests, and a file that cannot be loaded has none: both have failed.
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) failed += 1;
      if (module.errors().length > 0) failed += 1;
    }
    const tail = skipped > 0 ? `, ${skipped} skipped` : '';
    process.on('exit', () => process.stdout.write(`\n${passed} passed, ${failed} failed${tail}\n`));
  }
}
