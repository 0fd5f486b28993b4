import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Every test file owns its sockets and temporary folders, so files may run side by side.
    pool: "threads",
    testTimeout: 20_000,
  },
});

export default config;
