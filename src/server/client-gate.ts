// Client verification for reviews alone: probes and the self-dial have no certificate.
import type { Server } from "node:https";
import { finished } from "node:stream/promises";
import { TLSSocket } from "node:tls";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Metrics } from "../telemetry/metrics.ts";
import type { ClientAuthorities, ClientAuthority } from "../tls/client-authority.ts";
import { type ClientVerdict, judgeClient } from "../tls/client-check.ts";
import { refuse } from "./refusal.ts";

export interface ClientGateOptions {
  readonly authority: ClientAuthority;
  /** Allowed names; empty: every one. */
  readonly names: readonly string[];
  readonly now: () => Date;
}

/** null where the route goes on; where the client is refused, resolves once that is answered. */
export type ClientGate = (request: FastifyRequest, reply: FastifyReply) => Promise<void> | null;

interface Allowed {
  readonly authorities: ClientAuthorities;
  readonly notAfter: Date;
}

/** Answers 403 and closes the connection: only a new handshake can bring another certificate, or meet other CAs. */
export function createClientGate(
  { authority, names, now }: ClientGateOptions,
  server: Server,
  metrics: Metrics,
): ClientGate {
  const metBy = new WeakMap<TLSSocket, ClientAuthorities>();
  const allowed = new WeakMap<TLSSocket, Allowed>();
  server.on("secureConnection", (socket) => metBy.set(socket, authority.current()));

  function judge(socket: TLSSocket): ClientVerdict {
    const authorities = authority.current();
    const before = allowed.get(socket);
    if (before?.authorities === authorities && now() < before.notAfter) return { kind: "allowed" };
    const certificate = socket.getPeerX509Certificate() ?? null;
    const isByCurrent = metBy.get(socket) === authorities;
    const presented = { certificate, isVerified: socket.authorized, isByCurrent };
    const verdict = judgeClient({ presented, authorities: authorities.certificates, names, now: now() });
    if (verdict.kind === "allowed" && certificate !== null) {
      allowed.set(socket, { authorities, notAfter: certificate.validToDate });
    }
    return verdict;
  }

  async function turnAway(
    verdict: Exclude<ClientVerdict, { readonly kind: "allowed" }>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    if (verdict.kind === "refused") metrics.clientRefused(verdict.reason);
    // A client that is still sending when the connection closes would see a reset instead of this answer.
    request.raw.resume();
    await finished(request.raw).catch(() => {});
    if (reply.sent) return; // its time was over first
    reply.header("connection", "close");
    if (verdict.kind === "refused") {
      void refuse(reply, metrics, 403, verdict.sentence);
      return;
    }
    // With Retry-After the API server tries again inside its timeout, on a new connection.
    reply.header("retry-after", "1");
    void refuse(reply, metrics, 503, "The CAs of clients have changed: connect again.");
  }

  return (request, reply) => {
    const { socket } = request.raw;
    if (!(socket instanceof TLSSocket)) throw new TypeError("a review came without TLS");
    const verdict = judge(socket);
    return verdict.kind === "allowed" ? null : turnAway(verdict, request, reply);
  };
}
