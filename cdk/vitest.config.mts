import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { defineConfig } from 'vitest/config';

// What an app is synthesized to stays where it was made: it is made in a folder of our own.
const folder = mkdtempSync(join(tmpdir(), 'cdk-tests-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

export default defineConfig({
  test: {
    include: ['test/*.test.ts'],
    env: { TMPDIR: folder },
    // Loading aws-cdk-lib takes longer than all tests: it is loaded once.
    isolate: false,
    maxWorkers: 1,
    // The first synthesis takes seconds on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
