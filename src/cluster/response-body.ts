// Bodies of the API server's answers, never longer than we are ready for.

/** Reads a body to its end as text. Rejects where it is longer than `mostBytes` or breaks off. */
export async function readText(body: AsyncIterable<Buffer>, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    // Leaving the loop destroys the stream.
    if (bytes > mostBytes) throw new Error(`the answer is longer than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes).toString("utf8");
}

/** The lines of a body as they arrive. Throws where one is longer than `mostBytes` or the body breaks off. */
export async function* readLines(body: AsyncIterable<Buffer>, mostBytes: number): AsyncGenerator<string> {
  let pending: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      const line = Buffer.concat([...pending, chunk.subarray(start, end)]).toString("utf8");
      pending = [];
      bytes = 0;
      start = end + 1;
      if (line !== "") yield line;
    }
    const rest = chunk.subarray(start);
    bytes += rest.length;
    if (bytes > mostBytes) throw new Error(`a line of the answer is longer than ${mostBytes} bytes`);
    if (rest.length > 0) pending.push(rest);
  }
}
