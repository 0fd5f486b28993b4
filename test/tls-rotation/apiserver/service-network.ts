// In place of a cluster's Service network, which a test has not: the API server's calls to Services, by its own egress
// selector, come here and go to one port. Names and certificates stay those of the Service.
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";

export interface ServiceNetwork {
  /** For kube-apiserver. */
  readonly flags: readonly string[];
  /** Where every Service leads to from now on. */
  lead(port: number): void;
  close(): Promise<void>;
}

/** @param folder short enough for a Unix socket's path in it */
export async function startServiceNetwork(folder: string): Promise<ServiceNetwork> {
  const socketPath = join(folder, "egress.sock");
  const sockets = new Set<Socket>();
  let target = 0;
  const server = createServer();
  server.on("connect", (_request, client: Socket, head: Buffer) => {
    const upstream = connect(target, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client);
      client.pipe(upstream);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const connection = { proxyProtocol: "HTTPConnect", transport: { uds: { udsName: socketPath } } };
  const file = join(folder, "egress.json");
  await writeFile(
    file,
    JSON.stringify({
      apiVersion: "apiserver.k8s.io/v1beta1",
      kind: "EgressSelectorConfiguration",
      egressSelections: [{ name: "cluster", connection }],
    }),
  );
  return {
    flags: [`--egress-selector-config-file=${file}`],
    lead(port) {
      target = port;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
