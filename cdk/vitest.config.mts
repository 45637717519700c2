import { defineConfig } from 'vitest/config';

// Loading aws-cdk-lib takes longer than all tests: it is loaded once.
export default defineConfig({ test: { include: ['test/*.test.ts'], isolate: false, maxWorkers: 1 } });
