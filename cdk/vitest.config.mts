import { defineConfig } from 'vitest/config';

// Loading aws-cdk-lib takes longer than all tests: it is loaded once. The first synthesis takes seconds on a busy machine.
export default defineConfig({ test: { include: ['test/*.test.ts'], isolate: false, maxWorkers: 1, testTimeout: 60_000 } });
