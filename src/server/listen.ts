import type { AddressInfo, Server } from "node:net";

export type Listened =
  | { readonly kind: "listening"; readonly address: AddressInfo }
  /** A sentence that names the port and why. */
  | { readonly kind: "refused"; readonly why: string };

/** Codes of a host whose kernel has no IPv6, or has it switched off. */
const NO_IPV6: ReadonlySet<string> = new Set(["EAFNOSUPPORT", "EADDRNOTAVAIL", "EINVAL"]);

/**
 * Listens on both address families (`::`, which Linux makes dual-stack), or on IPv4 alone where there is no IPv6. A
 * `host` that was asked for is taken as it is.
 *
 * @param port 0 takes a free one
 */
export async function listen(server: Server, port: number, host: string | null): Promise<Listened> {
  const first = await tryToListen(server, port, host ?? "::");
  if (host !== null || first.kind === "listening" || !NO_IPV6.has(first.code)) return first;
  return await tryToListen(server, port, "0.0.0.0");
}

type Tried = Extract<Listened, { kind: "listening" }> | (Extract<Listened, { kind: "refused" }> & { code: string });

async function tryToListen(server: Server, port: number, host: string): Promise<Tried> {
  return await new Promise((resolve) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      server.off("listening", onListening);
      resolve({ kind: "refused", code: error.code ?? "", why: sentence(error, port, host) });
    };
    const onListening = (): void => {
      server.off("error", onError);
      resolve({ kind: "listening", address: server.address() as AddressInfo });
    };
    server.once("error", onError);
    server.once("listening", onListening);
    server.listen({ port, host });
  });
}

function sentence(error: NodeJS.ErrnoException, port: number, host: string): string {
  if (error.code === "EADDRINUSE") return `port ${port} on ${host} is taken; choose another, or 0 for a free one`;
  if (error.code === "EACCES") return `port ${port} on ${host} is not permitted; choose one above 1023`;
  return `port ${port} on ${host} cannot be listened on: ${error.message}`;
}
