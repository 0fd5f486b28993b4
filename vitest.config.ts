import { defineConfig, type ViteUserConfig } from "vitest/config";
import { missingForSuite } from "./test/apiserver/control-plane/binaries.ts";

/** What needs a whole cluster: test/e2e/README.md. */
const E2E_TESTS = "test/e2e/suite.test.ts";

/** What needs a real kube-apiserver and etcd, or helm. */
const APISERVER_TESTS = [
  "test/apiserver/**/*.test.ts",
  "test/live/**/*.test.ts",
  "test/tls-rotation/apiserver/**/*.test.ts",
  "test/chart/**/*.test.ts",
];

/** What builds the image: npm run test:image, where buildah is. */
const IMAGE_TESTS = "test/image/**/*.test.ts";

const missing = missingForSuite();
const leftOut = `
LEFT OUT: the tests against a real kube-apiserver. Not there yet: ${missing.join(", ")}.
npm run test:apiserver builds them from the Go modules (needs Go; 10 to 20 minutes the first time) and runs those tests.
`;

const unit = {
  extends: true as const,
  test: {
    name: "unit",
    include: ["test/**/*.test.ts"],
    exclude: [...APISERVER_TESTS, IMAGE_TESTS, E2E_TESTS],
    // One after the other: a control plane wants every core while it starts. (Vitest 5.1 runs groupOrder 0 last.)
    sequence: { groupOrder: 1 },
  },
};

const apiserver = {
  extends: true as const,
  test: {
    name: "apiserver",
    include: APISERVER_TESTS,
    globalSetup: ["test/apiserver/shared-control-plane.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    sequence: { groupOrder: 2 },
    maxWorkers: 2,
  },
};

const image = {
  extends: true as const,
  test: { name: "image", include: [IMAGE_TESTS], testTimeout: 300_000, hookTimeout: 600_000 },
};
const e2e = {
  // What is waited for has a shorter bound of its own, and says what it was.
  extends: true as const,
  test: { name: "e2e", include: [E2E_TESTS], testTimeout: 180_000, hookTimeout: 400_000, fileParallelism: false },
};
const isE2eAsked = process.env["KATA_THP_E2E"] !== undefined;
const isImageAsked = process.env["KATA_THP_TEST_IMAGE"] !== undefined;

const config: ViteUserConfig = defineConfig({
  test: {
    // Every test file owns its sockets and temporary folders, so files may run side by side.
    pool: "threads",
    testTimeout: 20_000,
    reporters: [
      "default",
      ...(missing.length > 0 && !isE2eAsked ? [{ onTestRunEnd: () => void process.stderr.write(leftOut) }] : []),
    ],
    projects: isE2eAsked ? [e2e] : isImageAsked ? [image] : missing.length > 0 ? [unit] : [unit, apiserver],
  },
});

export default config;
