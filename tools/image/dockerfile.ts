// What the Dockerfile says of the image itself, so that an image that is made without it is the same.
import type { ImageConfig } from "./oci-archive.ts";

/**
 * The config that the last stage sets. Understands what our Dockerfile is written in: no variables, one ENV on a line,
 * ENTRYPOINT and CMD as lists.
 *
 * @param path where the base image looks for programs, as its own ENV
 * @throws Error on an instruction that it does not know
 */
export function imageConfigOf(dockerfile: string, path: string): ImageConfig {
  const lines = dockerfile.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const stage = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")) + 1);
  const config: { -readonly [Key in keyof ImageConfig]: ImageConfig[Key] } = { Entrypoint: [] };
  for (const line of stage) {
    const [instruction = "", rest = ""] = line.split(/ (.*)/);
    switch (instruction) {
      case "COPY":
        break;
      case "WORKDIR":
        config.WorkingDir = rest;
        break;
      case "USER":
        config.User = rest;
        break;
      case "ENV":
        config.Env = [`PATH=${path}`, ...rest.split(" ")];
        break;
      case "EXPOSE":
        config.ExposedPorts = Object.fromEntries(rest.split(" ").map((port) => [`${port}/tcp`, {}]));
        break;
      case "ENTRYPOINT":
        config.Entrypoint = JSON.parse(rest) as string[];
        break;
      case "CMD":
        config.Cmd = JSON.parse(rest) as string[];
        break;
      default:
        throw new Error(`Dockerfile: "${line}" is not understood by tools/image/dockerfile.ts`);
    }
  }
  return config;
}

/** Where the last stage copies what to: `["/build/dist", "./dist"]`. */
export function copiesOf(dockerfile: string): [string, string][] {
  return [...dockerfile.matchAll(/^COPY --from=build (\S+) (\S+)$/gm)].map(([, from, to]) => [
    from as string,
    to as string,
  ]);
}
