import { defineConfig } from "vitest/config";

/** Tests in the real Electron, one window at a time; `npm test` gives them a screen where there is none. */
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.e2e.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxWorkers: 1,
    fileParallelism: false,
  },
});
