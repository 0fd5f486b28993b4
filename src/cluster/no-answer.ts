// Requests that end without an answer and without an error: node:http tells of neither.
import type { ClientRequest } from "node:http";

/**
 * Rejects where the answer switches to another protocol, or the connection closes before there is any answer. With no
 * listener for it, node:http drops a connection that was upgraded and says nothing but 'close': whoever waits for
 * 'response' or 'error' alone waits for ever. What was answered before is not touched.
 */
export function rejectWithoutAnswer(request: ClientRequest, reject: (error: Error) => void): void {
  request.once("upgrade", ({ statusCode }, socket) => {
    socket.destroy();
    reject(
      new Error(
        `the answer is ${statusCode}, another protocol, which was not asked for; allowed: HTTP. See what stands before the API server`,
      ),
    );
  });
  request.once("close", () => {
    reject(new Error("the connection was closed before there was an answer; see what stands before the API server"));
  });
}
