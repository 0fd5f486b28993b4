/**
 * node bench/raw-https.ts constant|parse PORT CERTS
 *
 * What node:https costs by itself. constant: the body is read and not looked at. parse: it is parsed by JSON.parse,
 * and the answer has its uid. The answer is as long as the webhook's own.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";

const [kind, port, certs = ""] = process.argv.slice(2);
const status = '{"decision":"patch","selection":"runtime-class","mode":"enforce","version":"0.1.0","from":"kata-clh"}';
const operations = [
  { op: "replace", path: "/spec/runtimeClassName", value: "kata-clh-thp" },
  { op: "add", path: "/metadata/annotations/kata-thp.dev~1status", value: status },
];
const patch = Buffer.from(JSON.stringify(operations)).toString("base64");

function answer(uid: string): string {
  const response = {
    uid,
    allowed: true,
    patchType: "JSONPatch",
    patch,
    auditAnnotations: { mode: "enforce", decision: "patch", selection: "runtime-class" },
  };
  return JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response });
}

const constant = answer("00000000-0000-0000-0000-000000000000");
const tls = { cert: readFileSync(join(certs, "tls.crt")), key: readFileSync(join(certs, "tls.key")) };
const server = createServer(tls, (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    response.setHeader("content-type", "application/json");
    if (kind === "constant") {
      response.end(constant);
      return;
    }
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    const { request: review } = JSON.parse(body.toString("utf8")) as { readonly request: { readonly uid: string } };
    response.end(answer(review.uid));
  });
});
server.keepAliveTimeout = 100_000;
server.listen(Number(port), "127.0.0.1");
process.once("SIGTERM", () => {
  server.closeAllConnections();
  server.close();
});
