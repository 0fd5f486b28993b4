import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text as readText } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { createMetricsServer } from "../../src/server/metrics-server.ts";

interface Started {
  readonly dial: () => Promise<Socket>;
  /** How often the metrics were asked for. */
  readonly requests: () => number;
  /** How often they were made. */
  readonly renders: () => number;
  /** Lets those that are being made come. */
  readonly finish: () => void;
}

async function start(): Promise<Started> {
  let renders = 0;
  let requests = 0;
  let rendered = Promise.withResolvers<{ contentType: string; text: string }>();
  const server = createMetricsServer({
    render: async () => {
      renders += 1;
      return await rendered.promise;
    },
  });
  server.on("request", () => (requests += 1));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    requests: () => requests,
    renders: () => renders,
    finish() {
      rendered.resolve({ contentType: "text/plain", text: `number ${renders}` });
      rendered = Promise.withResolvers();
    },
    async dial() {
      const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
      socket.on("error", () => {});
      onTestFinished(() => void socket.destroy());
      await once(socket, "connect");
      return socket;
    },
  };
}

const REQUEST = "GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

it("makes the metrics once for all who ask meanwhile, and anew for who asks later", async () => {
  const { dial, requests, renders, finish } = await start();
  const sockets = await Promise.all(Array.from({ length: 5 }, dial));
  const answers = sockets.map(async (socket) => {
    socket.write(REQUEST);
    return await readText(socket);
  });
  await expect.poll(requests).toBe(5);
  expect(renders()).toBe(1);
  finish();
  for (const answer of answers) expect(await answer).toContain("number 1");

  const later = await dial();
  later.write(REQUEST);
  await expect.poll(renders).toBe(2);
  finish();
  expect(await readText(later)).toContain("number 2");
});

it("ends a connection that asks and asks, and has room for 64", async () => {
  const { dial, renders } = await start();
  const greedy = await dial();
  greedy.write("GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(1_000));
  await once(greedy, "close");
  expect(renders()).toBe(1);

  const [first] = await Promise.all(Array.from({ length: 65 }, dial));
  await once(first as Socket, "close");
});

it("refuses headers of more than 8 KiB", async () => {
  const { dial } = await start();
  const socket = await dial();
  socket.write(`GET /metrics HTTP/1.1\r\nhost: localhost\r\nx: ${"x".repeat(9_000)}\r\n\r\n`);
  expect(await readText(socket)).toMatch(/^HTTP\/1\.1 431 /);
});
