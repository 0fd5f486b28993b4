import { request as httpsRequest } from "node:https";
import { text as readText } from "node:stream/consumers";
import { connect } from "node:tls";
import { expect, it } from "vitest";
import type { ClusterReader } from "../../src/cluster/reader.ts";
import { known } from "../../src/engine/facts.ts";
import { ask, post, requestOptions } from "../support/https-client.ts";
import { metric, readerWithVariant, reviewOf, startServer } from "../support/running-server.ts";

const ENFORCE = "/mutate/enforce?timeout=10s";

it("answers a review with the patch, one log line and one count", async () => {
  const server = await startServer();
  const answer = await post({ ...server, path: ENFORCE, body: reviewOf() });

  expect(answer.status).toBe(200);
  expect(answer.headers["content-type"]).toMatch(/^application\/json(; charset=utf-8)?$/);
  const { response } = JSON.parse(answer.body) as { response: { uid: string; allowed: boolean; patch: string } };
  expect(response).toMatchObject({ uid: "15a76aa3-3bab-42d0-9d45-64d609d34257", allowed: true });
  expect(JSON.parse(Buffer.from(response.patch, "base64").toString())).toContainEqual({
    op: "replace",
    path: "/spec/runtimeClassName",
    value: "kata-clh-thp",
  });
  expect(server.lines).toEqual([
    {
      level: "info",
      time: expect.any(String) as string,
      msg: "review",
      uid: "15a76aa3-3bab-42d0-9d45-64d609d34257",
      namespace: "team",
      mode: "enforce",
      dryRun: false,
      decision: "patch",
      selection: "runtime-class",
      forced: false,
      newerThanKnown: false,
      reasons: expect.any(Array) as string[],
      findings: expect.any(Array) as object[],
      findingsTotal: expect.any(Number) as number,
      status: 200,
      durationMs: expect.any(Number) as number,
    },
  ]);
  expect(server.lines[0]?.["durationMs"]).toBeGreaterThan(0);
  const labels =
    'mode="enforce",decision="patch",selection="runtime-class",reason="",runtime_class="kata-clh",dry_run="false"';
  expect(await metric(server, `kata_thp_decisions_total{${labels}}`)).toBe(1);
  expect(await metric(server, 'kata_thp_review_duration_seconds_count{mode="enforce"}')).toBe(1);
});

it("only observes on the other path", async () => {
  const server = await startServer();
  const answer = await post({ ...server, path: "/mutate/observe?timeout=10s", body: reviewOf() });
  const { response } = JSON.parse(answer.body) as { response: Record<string, unknown> };
  expect(response).toMatchObject({ allowed: true, auditAnnotations: { mode: "observe", decision: "patch" } });
  expect(response).not.toHaveProperty("patch");
  expect(server.lines[0]).toMatchObject({ mode: "observe", decision: "patch" });
});

it("logs and counts a skip with its reasons and pointers, and never the pod", async () => {
  const server = await startServer();
  const spec = {
    volumes: [{ name: "v", hostPath: { path: "/very/private" } }],
    containers: [{ name: "c", volumeMounts: [{ name: "v", mountPath: "/x" }], env: [{ name: "K", value: "s3cret" }] }],
  };
  await post({ ...server, path: ENFORCE, body: reviewOf(spec) });
  expect(server.lines).toHaveLength(1);
  expect(server.lines[0]).toMatchObject({
    decision: "skip",
    selection: null,
    reasons: ["HostPathVolume"],
    findings: [{ reason: "HostPathVolume", path: "/spec/volumes/0/hostPath" }],
  });
  expect(JSON.stringify(server.lines)).not.toMatch(/s3cret|private/);
  const { text } = await server.options.metrics.render();
  expect(text).toContain(
    'kata_thp_findings_total{mode="enforce",decision="skip",reason="HostPathVolume",severity="blocks"} 1',
  );
});

it.each([
  ["application/json", 200],
  ["application/json; charset=utf-8", 200],
  ["application/json;charset=UTF-8", 200],
  ["Application/JSON", 200],
  ['application/json; charset="utf-8"', 200],
  ["application/json; charset=utf-16", 415],
  ["application/json; v=1", 415],
  ["application/json, text/plain", 415],
  ["application/jsonx", 415],
  ["text/plain", 415],
  ["application/x-www-form-urlencoded", 415],
  ["application/vnd.kubernetes.protobuf", 415],
  ["", 415],
])("content type %j is %i", async (type, status) => {
  const server = await startServer();
  const answer = await ask({
    ...server,
    path: ENFORCE,
    method: "POST",
    headers: { "content-type": type },
    body: reviewOf(),
  });
  expect(answer.status).toBe(status);
  if (status === 415) {
    expect(answer.body).toBe("The content type has to be application/json.\n");
    expect(await metric(server, 'kata_thp_refused_requests_total{code="415"}')).toBe(1);
  }
});

it("refuses a body without any content type, and a compressed one", async () => {
  const server = await startServer();
  expect((await ask({ ...server, path: ENFORCE, body: reviewOf() })).status).toBe(415);
  const answer = await post({ ...server, path: ENFORCE, body: "x", headers: { "content-encoding": "gzip" } });
  expect([answer.status, answer.body]).toEqual([415, "The body has to come without content-encoding.\n"]);
});

it.each(["", "{", "null", "[]", "5", '"x"', "{}", "\u0000", '{"kind":"Pod"}'])(
  "answers the body %j with 400 and a sentence",
  async (body) => {
    const server = await startServer();
    const answer = await post({ ...server, path: ENFORCE, body });
    expect(answer.status).toBe(400);
    expect(answer.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(answer.body).toMatch(/^[A-Za-z].*\.\n$/);
    expect(await metric(server, 'kata_thp_refused_requests_total{code="400"}')).toBe(1);
    expect(server.lines).toMatchObject([{ decision: "unreadable", status: 400, uid: null }]);
  },
);

it("takes a review just under the limit of 7 MiB", async () => {
  const server = await startServer();
  const body = reviewOf({ padding: "x".repeat(7 * 1024 * 1024 - 1024) });
  const answer = await post({ ...server, path: ENFORCE, body });
  expect(answer.status).toBe(200);
});

it("refuses 8 MB with a sentence, announced or in chunks, and serves on the same connection's client", async () => {
  const server = await startServer();
  const body = Buffer.alloc(8 * 1024 * 1024, "x");
  const announced = await post({ ...server, path: ENFORCE, body });
  expect([announced.status, announced.body]).toEqual([413, "The body is over 7340032 bytes.\n"]);
  const chunked = await post({ ...server, path: ENFORCE, body, headers: { "transfer-encoding": "chunked" } });
  expect([chunked.status, chunked.body]).toEqual([413, "The body is over 7340032 bytes.\n"]);
  expect(await metric(server, 'kata_thp_refused_requests_total{code="413"}')).toBe(2);
  expect((await post({ ...server, path: ENFORCE, body: reviewOf() })).status).toBe(200);
  // The client may have its answer a moment before the server has seen the write end.
  await expect.poll(async () => await metric(server, "kata_thp_reviews_in_flight")).toBe(0);
});

it("refuses a body in thousands of small pieces with a sentence, and ends its connection", async () => {
  const server = await startServer();
  const socket = connect({ port: server.port, host: "127.0.0.1", servername: "localhost", ca: server.ca });
  socket.write(
    `POST ${ENFORCE} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n` +
      `transfer-encoding: chunked\r\n\r\n${"1\r\n \r\n".repeat(8_193)}`,
  );
  const answer = await readText(socket); // until the server ends it
  expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*\r\n\r\nThe body comes in more than 8192 pieces\.\n$/);
  expect(await metric(server, 'kata_thp_refused_requests_total{code="400"}')).toBe(1);
});

it("lets a client that reads only once it has sent everything see why it was refused", async () => {
  const size = 64 * 1024 * 1024; // more than all the buffers on the way
  const server = await startServer();
  const socket = connect({ port: server.port, host: "127.0.0.1", servername: "localhost", ca: server.ca });
  const answer = new Promise<string>((resolve, reject) => {
    socket.once("error", reject);
    socket.pause();
    socket.write(
      `POST ${ENFORCE} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${size}\r\n\r\n`,
    );
    socket.write(Buffer.alloc(size, "x"), (error) => {
      if (error != null) reject(error); // cut off while it was sending
      socket.once("data", (chunk: Buffer) => resolve(chunk.toString()));
      socket.resume();
    });
  });
  expect(await answer).toMatch(/^HTTP\/1\.1 413 [^]*\r\n\r\nThe body is over 7340032 bytes\.\n$/);
  socket.destroy();
});

it("ends a body that does not come, with 408", async () => {
  const server = await startServer({ bodyTimeoutMs: 100 });
  const answer = await new Promise<string>((resolve, reject) => {
    const sent = httpsRequest(
      requestOptions({
        ...server,
        path: ENFORCE,
        method: "POST",
        headers: { "content-type": "application/json", "content-length": "100" },
      }),
      (response) => {
        response
          .setEncoding("utf8")
          .once("data", (text: string) => resolve(`${response.statusCode} ${response.headers.connection} ${text}`));
        response.on("error", () => {});
      },
    );
    sent.on("error", reject);
    sent.write("{"); // and never the rest
  });
  expect(answer).toBe("408 close The body has to come within 0.1 seconds.\n");
  expect(await metric(server, 'kata_thp_refused_requests_total{code="408"}')).toBe(1);
});

it("gives each body on a connection that stays its own time", async () => {
  const server = await startServer({ bodyTimeoutMs: 100 });
  const socket = connect({ port: server.port, host: "127.0.0.1", servername: "localhost", ca: server.ca });
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  const head = (length: number): string =>
    `POST ${ENFORCE} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
  const body = reviewOf();
  const statuses: string[] = [];
  // The next body comes when the one before is answered, and the last one never.
  socket.on("data", (chunk: Buffer) => {
    const found = chunk.toString().match(/HTTP\/1\.1 \d+/g) ?? [];
    statuses.push(...found);
    if (found.length > 0) socket.write(statuses.length < 3 ? head(body.length) + body : `${head(100)}{`);
  });
  socket.on("error", () => {});
  socket.write(head(body.length) + body);
  await closed;
  expect(statuses).toEqual(["HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 408"]);
});

it("cuts off a client that goes on sending after its refusal", async () => {
  const server = await startServer({ bodyTimeoutMs: 100 });
  const socket = connect({ port: server.port, host: "127.0.0.1", servername: "localhost", ca: server.ca });
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
  socket.on("error", () => {});
  socket.write(
    "POST /nowhere HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\nx",
  ); // and never the rest
  await closed;
  expect(answer).toMatch(/^HTTP\/1.1 404 /);
});

it("answers 503 with Retry-After over the bound, before it reads the body", async () => {
  const release = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const reader: ClusterReader = {
    ...readerWithVariant(),
    claimMode: async () => {
      entered.resolve();
      await release.promise;
      return known("Block");
    },
  };
  const server = await startServer({ reader, maxInFlight: 1 });
  const spec = {
    volumes: [{ name: "v", persistentVolumeClaim: { claimName: "c" } }],
    containers: [{ name: "c", volumeDevices: [{ name: "v", devicePath: "/dev/x" }] }],
  };
  const first = post({ ...server, path: ENFORCE, body: reviewOf(spec) });
  await entered.promise;
  expect(await metric(server, "kata_thp_reviews_in_flight")).toBe(1);

  // Its body never comes: whoever answers has not waited for it.
  const second = await new Promise<{ status: number | undefined; retryAfter: string | undefined }>(
    (resolve, reject) => {
      const sent = httpsRequest(
        requestOptions({
          ...server,
          path: ENFORCE,
          method: "POST",
          headers: { "content-type": "application/json", "content-length": "100" },
        }),
        (response) => {
          resolve({ status: response.statusCode, retryAfter: response.headers["retry-after"] });
          sent.destroy();
        },
      );
      sent.on("error", reject);
      sent.flushHeaders();
    },
  );
  expect(second).toEqual({ status: 503, retryAfter: "1" });
  // Not a review: health is still answered.
  expect((await ask({ ...server, path: "/livez" })).status).toBe(200);

  release.resolve();
  expect((await first).status).toBe(200);
  expect((await post({ ...server, path: ENFORCE, body: reviewOf() })).status).toBe(200);
  expect(await metric(server, 'kata_thp_refused_requests_total{code="503"}')).toBe(1);
});

it("frees the place of a client that went away", async () => {
  const server = await startServer({ maxInFlight: 1 });
  const started = Promise.withResolvers<void>();
  server.app.server.on("request", (_request, response) => {
    response.once("close", () => started.resolve());
  });
  const sent = httpsRequest(
    requestOptions({
      ...server,
      path: ENFORCE,
      method: "POST",
      headers: { "content-type": "application/json", "content-length": "100" },
    }),
  );
  sent.on("error", () => {});
  const arrived = new Promise<void>((resolve) => {
    server.app.server.once("request", () => resolve());
  });
  sent.write("{");
  await arrived;
  sent.destroy();
  await started.promise;
  expect((await post({ ...server, path: ENFORCE, body: reviewOf() })).status).toBe(200);
  expect(await metric(server, "kata_thp_internal_errors_total")).toBe(0);
});

it("counts and logs an error inside, and lets the pod pass", async () => {
  const reader: ClusterReader = {
    ...readerWithVariant(),
    runtimeClass: () => {
      throw new RangeError("cache is broken");
    },
  };
  const server = await startServer({ reader });
  const answer = await post({ ...server, path: ENFORCE, body: reviewOf() });
  expect(JSON.parse(answer.body)).toMatchObject({ response: { allowed: true } });
  expect(await metric(server, "kata_thp_internal_errors_total")).toBe(1);
  expect(server.lines).toMatchObject([
    { reasons: ["InternalError"] },
    {
      level: "error",
      error: { type: "RangeError", message: "cache is broken", stack: expect.stringContaining("at ") as string },
    },
  ]);
});
