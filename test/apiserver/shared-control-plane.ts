// The globalSetup of the vitest project "apiserver": one control plane for all of its files.
//
//   import { inject } from "vitest";
//   const access = inject("controlPlane");
//
// It has no controllers, and it is everybody's: a test keeps to a namespace of its own, gives what has no namespace
// (RuntimeClass, webhook configuration) a name of its own and selects by its namespace. A test that restarts the API
// server, wants flags or controllers starts one for itself.
import type { TestProject } from "vitest/node";
import type { ControlPlaneAccess } from "./control-plane/access.ts";
import { getBinaries } from "./control-plane/binaries.ts";
import { startControlPlane } from "./control-plane/start.ts";
import { REQUIRED_TOOLS } from "./control-plane/tools.ts";

declare module "vitest" {
  export interface ProvidedContext {
    controlPlane: ControlPlaneAccess;
  }
}

/** Builds what is missing, which takes minutes and says so; the logs stay when a test of the project failed. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await getBinaries(REQUIRED_TOOLS, { onProgress: (line) => console.error(line) });
  const controlPlane = await startControlPlane();
  project.provide("controlPlane", controlPlane.access);
  return async () => {
    const modules = project.vitest.state.getTestModules().filter((module) => module.project === project);
    await controlPlane.stop({ keepLogs: modules.some((module) => module.state() === "failed") });
  };
}
