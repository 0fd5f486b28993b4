// A short look at what hostile-clients.ts measures at length: nobody keeps others from being served.
import { once } from "node:events";
import { connect } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import { startServer } from "../support/running-server.ts";
import { startAttack } from "./attacker.ts";
import { ATTACKS, clientsOf } from "./hostile-attacks.ts";
import { startServed } from "./served-process.ts";
import { sendReviews } from "./well-behaved.ts";

/** More than the places that there are. */
const CLIENTS = 20;
const PLACES = 8;

it.each(ATTACKS)(
  "%s: every review of others is answered with its patch",
  async (name) => {
    const server = await startServed({ flags: [`--max-in-flight=${PLACES}`] });
    const attack = startAttack(name, clientsOf(name, CLIENTS), server);
    onTestFinished(async () => {
      await attack.stop();
      await server.remove();
    });
    // Until the attackers have come: the first reviews meet them at their best.
    await sendReviews(server, 20, 2);

    expect(await sendReviews(server, 200, 2)).toMatchObject({ reviews: 200, failed: 0 });
  },
  60_000,
);

it("takes part in no renegotiation", async () => {
  const { port, ca } = await startServer();
  const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ca, maxVersion: "TLSv1.2" });
  onTestFinished(() => void socket.destroy());
  await once(socket, "secureConnect");

  const outcome = await new Promise<string>((resolve) => {
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.renegotiate({}, (error) =>
      resolve(error === null ? "renegotiated" : ((error as NodeJS.ErrnoException).code ?? error.message)),
    );
  });
  expect(outcome).toBe("ERR_SSL_NO_RENEGOTIATION");
});
