import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Most tests wait for a disk or another program: one processor fewer, as is the default, would lie idle.
    maxWorkers: availableParallelism(),
    reporters: ['default', './test/closing-line.ts'],
  },
});
