// What a soak sends: reviews of many shapes, good and bad, and what has to come back.
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import { parseAllDocuments } from "yaml";
import { textsIn } from "../fuzz/corpus-files.ts";
import { reviewOf } from "../support/running-server.ts";
import type { ServedProcess } from "./served-process.ts";

export interface Shape {
  readonly body: Buffer;
  readonly status: 200 | 400;
}

const CONNECTIONS = 8;
/** Every so many reviews on a connection of its own: handshakes leave something behind, too. */
const NEW_CONNECTION_EVERY = 200;

/** The recorded reviews, the pods of all cases, a large one, and bodies that are none. */
export function createShapes(): readonly Shape[] {
  const recorded = textsIn(["test/admission/reviews"], /\.json$/);
  const cases = textsIn(["test/cases"], /\/pod\.yaml$/)
    .flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as { readonly kind?: string } | null))
    .filter((value) => value?.kind === "Pod")
    .map((pod) => reviewOf({}, { object: pod }));
  const large = reviewOf({
    containers: [
      { name: "c", env: Array.from({ length: 600 }, (_, index) => ({ name: `V${index}`, value: "x".repeat(80) })) },
    ],
  });
  const good = [...recorded, ...cases, large].map((text): Shape => ({ body: Buffer.from(text), status: 200 }));
  const bad = ["", "{", "null", '{"kind":"Pod"}', `${reviewOf()}x`].map((text): Shape => ({
    body: Buffer.from(text),
    status: 400,
  }));
  return [...good, ...bad];
}

/** Sends so many, each shape in turn; resolves with how many were answered otherwise than they must be. */
export async function sendShapes(server: ServedProcess, shapes: readonly Shape[], count: number): Promise<number> {
  let wrong = 0;
  let next = 0;
  const send = async (): Promise<void> => {
    let connection = await dial(server);
    while (next < count) {
      const turn = next;
      next += 1;
      if (turn % NEW_CONNECTION_EVERY === 0) {
        connection.end();
        connection = await dial(server);
      }
      const shape = shapes[turn % shapes.length] as Shape;
      const { status, body } = await exchange(connection, shape.body);
      if (status !== shape.status || (status === 200 && !body.includes('"allowed":true'))) wrong += 1;
    }
    connection.end();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, send));
  return wrong;
}

async function dial({ port, ca }: ServedProcess): Promise<TLSSocket> {
  const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ca });
  await once(socket, "secureConnect");
  return socket;
}

/** HTTP/1.1 by hand: node's own client takes several times what the server does, and the soak would take hours. */
async function exchange(socket: TLSSocket, body: Buffer): Promise<{ readonly status: number; readonly body: string }> {
  const head = `POST /mutate/enforce?timeout=10s HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`;
  return await new Promise((resolve, reject) => {
    let answer = "";
    const stop = (): void => {
      socket.off("data", onData);
      socket.off("close", onClose);
    };
    const onClose = (): void => {
      stop();
      reject(new Error(`closed after ${JSON.stringify(answer)}`));
    };
    const onData = (data: Buffer): void => {
      answer += data.toString("latin1");
      const end = answer.indexOf("\r\n\r\n");
      const length = /\r\ncontent-length: (\d+)\r\n/i.exec(answer)?.[1];
      if (end === -1 || length === undefined || answer.length < end + 4 + Number(length)) return;
      stop();
      resolve({ status: Number(answer.slice(9, 12)), body: answer.slice(end + 4) });
    };
    socket.on("data", onData);
    socket.once("close", onClose);
    socket.write(Buffer.concat([Buffer.from(`${head}content-length: ${body.length}\r\n\r\n`), body]));
  });
}
