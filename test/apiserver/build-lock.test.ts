// Two test runs that begin at once build once.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { takeBuildLock } from "./control-plane/build-lock.ts";

it("is given to one after the other", async () => {
  const folder = randomUUID();
  const events: string[] = [];
  const first = await takeBuildLock(folder, () => events.push("first waits"));
  const waits = Promise.withResolvers<void>();
  const second = takeBuildLock(folder, () => {
    events.push("second waits");
    waits.resolve();
  }).then((lock) => {
    events.push("second has it");
    return lock;
  });
  await waits.promise;

  events.push("first lets go");
  await first.release();
  await (await second).release();

  expect(events).toEqual(["second waits", "first lets go", "second has it"]);
});

it("never has two holders among many", async () => {
  const folder = randomUUID();
  let holders = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    const lock = await takeBuildLock(folder, () => {});
    holders += 1;
    most = Math.max(most, holders);
    await new Promise(setImmediate);
    holders -= 1;
    await lock.release();
  };

  await Promise.all(Array.from({ length: 8 }, work));

  expect(most).toBe(1);
});

it("does not bar two folders against each other", async () => {
  const locks = [await takeBuildLock(randomUUID(), () => {}), await takeBuildLock(randomUUID(), () => {})];

  for (const lock of locks) await lock.release();

  expect(locks).toHaveLength(2);
});

it("is free when its holder is killed, for who waits and for who comes later", async () => {
  const folder = randomUUID();
  const module = new URL("./control-plane/build-lock.ts", import.meta.url).href;
  const program = `
    const { takeBuildLock } = await import(${JSON.stringify(module)});
    await takeBuildLock(${JSON.stringify(folder)}, () => {});
    console.log("has it");`;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(createInterface(holder.stdout), "line");
  const waits = Promise.withResolvers<void>();
  const waiter = takeBuildLock(folder, () => waits.resolve());
  await waits.promise;

  holder.kill("SIGKILL");

  await (await waiter).release();
  const later = await takeBuildLock(folder, () => {
    throw new Error("nobody has it");
  });
  await later.release();
});
