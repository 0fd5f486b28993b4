// Rolling restarts at length, 20 or as many as is said:
//
//   npx node test/apiserver/faults/rolling.ts [ROUNDS]
//
// Exit code 1 where a pod was refused or passed unpatched, or a replica did not end with 0.
import { startControlPlane } from "../control-plane/start.ts";
import { runRollingRestarts } from "./rolling-restarts.ts";

const rounds = Number(process.argv[2] ?? 20);
const plane = await startControlPlane();
try {
  const report = await runRollingRestarts(plane.access, rounds, (line) => console.log(line));
  const { admissions, failed, longestMs, replaced, ends, connections } = report;
  console.log(
    `${rounds} rolling restarts, ${replaced} replicas replaced, failurePolicy Fail: ${admissions} admissions, ` +
      `${failed.length} failed, longest ${longestMs} ms, ${connections} connections`,
  );
  for (const fault of new Set(failed)) console.error(fault);
  if (failed.length > 0 || ends.some((end) => end !== "exit code 0")) process.exitCode = 1;
} finally {
  await plane.stop();
}
