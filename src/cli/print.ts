// What the commands write to the terminal, and with which colours.

/** Exit codes of every command. */
export const EXIT = { ok: 0, badInput: 2, nothingPatched: 3 } as const;

/** Writes lines to standard output. A reader that went away (`| head`) is not an error of ours. */
export function print(text: string): void {
  write(process.stdout, text);
}

/** Writes lines to standard error, where they don't mix with what a program reads. */
export function complain(text: string): void {
  write(process.stderr, text);
}

const guarded = new WeakSet<NodeJS.WriteStream>();

function write(stream: NodeJS.WriteStream, text: string): void {
  if (!guarded.has(stream)) {
    guarded.add(stream);
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  stream.write(`${text}\n`);
}

/** Text from a file, made safe for a terminal: a control character could move the cursor or forge a line. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "\u{fffd}");
}

/** Colour only for a person: a terminal, and neither NO_COLOR (https://no-color.org) nor TERM=dumb. */
export function wantsColour(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}

export type Ink = "bold" | "green" | "red" | "yellow" | "dim";
export type Paint = (ink: Ink, text: string) => string;

const SGR: Readonly<Record<Ink, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
};

/** Wraps text in colour, or leaves it as it is. */
export function painter(colour: boolean): Paint {
  return (ink, text) => {
    const [on, off] = SGR[ink];
    return colour ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  };
}
