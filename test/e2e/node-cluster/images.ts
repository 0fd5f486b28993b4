// The images on the node, as archives: no registry is asked for anything.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import manifest from "../../../package.json" with { type: "json" };
import { writeImage } from "../../../tools/image/direct.ts";
import { writeOciArchive } from "../../../tools/image/oci-archive.ts";
import { PAUSE_IMAGE } from "./node-config.ts";

/** As tools/build-image.ts names it. */
export const WEBHOOK_IMAGE: string = `localhost/kata-thp-webhook:${manifest.version}`;

/** Writes the archive of the webhook's image from this checkout. Seconds. */
export async function writeWebhookImage(folder: string): Promise<string> {
  const path = join(folder, "webhook.tar");
  await writeImage(path, WEBHOOK_IMAGE);
  return path;
}

/** Writes the archive of the image that holds a pod's namespaces, and that the tests' pods run. */
export function writePauseImage(folder: string, pausePath: string): string {
  const path = join(folder, "pause.tar");
  const content = readFileSync(pausePath);
  // Nobody, as upstream's.
  writeOciArchive(path, PAUSE_IMAGE, { User: "65535:65535", Entrypoint: ["/pause"] }, [
    { path: "pause", mode: 0o755, content },
  ]);
  return path;
}
