import { expect, it, onTestFinished } from "vitest";
import { dryRunPod } from "../../src/cli/dry-run-pod.ts";
import { sendJson, startScriptedServer } from "../cluster/scripted-server.ts";

const POD = { namespace: "a", name: "b", runtimeClass: "c" };

it.each<[string, Parameters<typeof startScriptedServer>[0], object]>([
  [
    "the pod",
    (_path, response) => sendJson(response, 201, { metadata: { annotations: { "kata-thp.dev/skipped": "A,B" } } }),
    { kind: "left-alone", reasons: ["A", "B"] },
  ],
  [
    "a refusal",
    (_path, response) => sendJson(response, 403, { message: "not you" }),
    { kind: "refused", code: 403, why: "not you" },
  ],
  [
    "another protocol",
    (_path, _response, { socket }) =>
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nabc"),
    { kind: "unanswered", why: expect.stringContaining("the answer is 101, another protocol") as string },
  ],
  [
    "an answer that breaks off",
    (_path, response) => {
      response.writeHead(201, { "content-length": 100 }).write("{");
      setImmediate(() => response.destroy());
    },
    { kind: "unanswered", why: "aborted" },
  ],
])("says what came back: %s", async (_name, answer, outcome) => {
  const server = await startScriptedServer(answer);
  onTestFinished(async () => await server.close());
  expect(await dryRunPod(server.connection, POD, 5_000)).toEqual(outcome);
});
