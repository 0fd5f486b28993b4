// Ten times as many pods at once as the webhook takes reviews, with each failurePolicy:
//
//   npx node test/apiserver/faults/overload.ts [ROUNDS]
//
// Exit code 1 where a pod was refused; with Fail and 10 s where one passed unpatched; with Ignore and 2 s where the API
// server counted another number than passed unpatched.
import { startControlPlane } from "../control-plane/start.ts";
import { describeOverload, OVERLOADS, runOverload } from "./overload-rounds.ts";

const rounds = Number(process.argv[2] ?? 10);
const plane = await startControlPlane();
try {
  for (const overload of OVERLOADS) {
    const report = await runOverload(plane.access, overload, rounds);
    console.log(describeOverload(overload, report));
    for (const fault of report.faults) {
      console.error(fault);
      process.exitCode = 1;
    }
  }
} finally {
  await plane.stop();
}
