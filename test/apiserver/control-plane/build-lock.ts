// One build at a time on a machine: two of kube-apiserver at once would want 5 GB and do the same work twice.
import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

export interface BuildLock {
  release(): Promise<void>;
}

/**
 * Takes the lock of `folder`, waiting until whoever has it lets go or dies.
 *
 * It is a Unix socket that the holder listens on: the kernel closes it when the holder ends, however it ends, and a
 * waiter's open connection tells it so at once. Where two waiters find a dead holder's socket at the same moment both
 * may get the lock; that costs a second build and nothing else, because a binary appears by rename.
 *
 * @param onWait called once, before the first wait
 */
export async function takeBuildLock(folder: string, onWait: () => void): Promise<BuildLock> {
  const path = lockPath(folder);
  let hasWaited = false;
  for (;;) {
    const lock = await tryListen(path);
    if (lock !== null) return lock;
    const answer = await awaitHolder(path, () => {
      if (!hasWaited) onWait();
      hasWaited = true;
    });
    if (answer === "nobody") await rm(path, { force: true });
  }
}

/** In the temporary folder, because a socket's path may have 104 to 108 bytes and a cache folder's is anyone's guess. */
function lockPath(folder: string): string {
  const key = createHash("sha256").update(folder).digest("hex").slice(0, 16);
  return join(tmpdir(), `kata-thp-build-${userInfo().uid}-${key}.sock`);
}

async function tryListen(path: string): Promise<BuildLock | null> {
  const waiters = new Set<Socket>();
  const server: Server = createServer((socket) => {
    waiters.add(socket);
    // A waiter that is killed resets its connection; that is its own affair.
    socket.on("error", () => {});
    socket.on("close", () => waiters.delete(socket));
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
  } catch (error) {
    if (isCode(error, "EADDRINUSE")) return null;
    throw error;
  }
  return {
    async release() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of waiters) socket.destroy();
      });
    },
  };
}

/** "released": somebody had it and does no longer. "nobody": the file is there and nobody listens. */
async function awaitHolder(path: string, onConnected: () => void): Promise<"released" | "nobody"> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, onConnected);
    socket.on("error", (error) => {
      if (isCode(error, "ECONNREFUSED")) resolve("nobody");
      // Gone between our listen and our connect, or reset by a holder that was killed.
      else if (isCode(error, "ENOENT") || isCode(error, "ECONNRESET") || isCode(error, "EPIPE")) resolve("released");
      else reject(error);
    });
    socket.on("close", () => resolve("released"));
    socket.resume();
  });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}
