// Runs `npm start` as a new user does, pastes the curl line that it prints, and looks at the answer.
// Plain JavaScript without dependencies, so that it runs on the machine's own Node, as a user's shell would.
import { execFileSync, spawn } from "node:child_process";

const DEADLINE_MS = 60_000;
const server = spawn("npm", ["start"], { stdio: ["ignore", "pipe", "pipe"], detached: true });
const errors = [];
server.stderr.on("data", (chunk) => errors.push(chunk));

try {
  const line = await curlLine();
  console.log(`$ ${line}`);
  const answer = JSON.parse(execFileSync("bash", ["-c", line], { encoding: "utf8" }));
  const { allowed, patchType, patch } = answer.response;
  if (allowed !== true || patchType !== "JSONPatch") throw new Error(`no patch in ${JSON.stringify(answer)}`);
  const operations = JSON.parse(Buffer.from(patch, "base64").toString("utf8"));
  console.log(JSON.stringify(operations));
  if (!operations.some((each) => each.path === "/spec/runtimeClassName" && each.value === "kata-clh-thp")) {
    throw new Error("the patch does not change runtimeClassName to kata-clh-thp");
  }
} catch (error) {
  console.error(Buffer.concat(errors).toString("utf8"));
  throw error;
} finally {
  // The whole process group: npm passes no signal on to what it started when its own terminal is gone.
  process.kill(-Number(server.pid), "SIGTERM");
}

function curlLine() {
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(() => reject(new Error(`no curl line after ${DEADLINE_MS} ms:\n${output}`)), DEADLINE_MS);
    server.stdout.on("data", (chunk) => {
      output += chunk;
      const found = /^\s*(curl .*)$/m.exec(output);
      if (found === null || !output.slice(found.index + found[0].length).includes("\n")) return;
      clearTimeout(timer);
      resolve(found[1]);
    });
    server.on("exit", (code) => reject(new Error(`npm start ended with exit code ${code}:\n${output}`)));
  });
}
