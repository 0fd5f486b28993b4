// Kills and restarts the API server 20 times, or as often as is said, and reports:
//
//   npx node test/apiserver/dispatch/restarts.ts [ROUNDS]
//
// Exit code 1 where an answer was wrong, or an informer was not back within 10 s.
import { runRestarts } from "./restart-rounds.ts";

const PROMISED_MS = 10_000;

const { rounds, answers, wrong } = await runRestarts(Number(process.argv[2] ?? 20), (line) => console.log(line));

const back = rounds.map(({ backMs }) => Math.round(backMs)).toSorted((a, b) => a - b);
const gone = rounds.map(({ goneMs }) => Math.round(goneMs)).toSorted((a, b) => a - b);
console.log(
  `${rounds.length} restarts: ${answers} answers, ${wrong.length} wrong; ` +
    `gone for ${gone[0]} to ${gone.at(-1)} ms; informers back after ${back[0]} to ${back.at(-1)} ms, median ${back[back.length >> 1]} ms`,
);
for (const fault of new Set(wrong)) console.error(fault);
if (wrong.length > 0 || back.some((ms) => ms > PROMISED_MS)) process.exitCode = 1;
