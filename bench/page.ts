// docs/performance.md, whole: no figure in it is written by hand.
import type { Results } from "./figures.ts";
import { type ReachLine } from "./reach.ts";
import { busiestClient, figureTables, processTable, reachTable } from "./table.ts";

/** The page of that run. */
export function renderPage(results: Results, lines: readonly ReachLine[]): string {
  const { machine, date, rounds, seconds, processes } = results;
  const { raw, ours } = processes;
  const memory =
    raw === undefined || ours === undefined
      ? "Go was not measured in this run."
      : `Go needs less memory: ${raw.idleMb.toFixed(0)} MB idle and ` +
        `${raw.loadedMb.toFixed(0)} MB after load, against our ${ours.idleMb.toFixed(0)} and ${ours.loadedMb.toFixed(0)}.`;
  return `# Performance

Written by \`npm run bench -- --write-docs\`; do not edit.

${date.slice(0, 10)}, commit ${machine.commit}. ${machine.cpu}, ${machine.cores} cores, ${machine.memoryMb} MB, Linux
${machine.kernel}; Node ${machine.node.slice(1)}, ${machine.go ?? "without Go"}, kube-apiserver ${machine.kubernetes}.
Load average before the run ${machine.loadBefore}. ${pinning(results)}
${steadiness(results)}

## What is compared
Each server answers the same recorded reviews (bench/reviews, about 6 and 60 KB as kube-apiserver sends them) over
keep-alive TLS 1.3, and each answer that patches was checked to make the same pod. One run; ${rounds} rounds in which
every cell is measured for every server right after the other, ${seconds} s each, in an order that changes from round to
round. A figure is the median of the rounds, a ratio the median of the rounds' own ratios; ± is the 95 % half-width from
their scatter. \`6k c16\` is 6 KB on 16 connections; \`handshakes\` is new connections on 16 dialling clients, each with
one 6 KB review and a full handshake; \`5000 nodes\` is 6k c16 with a full cluster known.

- (a) and (b) are bare node:https: nothing is decided, counted or logged.
- (c) is the bundle with the image's and the chart's environment, watching a real kube-apiserver, with metrics and one
  log line a review.
- (d) is the same job on controller-runtime 0.25.2, built from bench/go/go.mod: d1 as it is usually written
  (marshal the changed pod, PatchResponseFromRaw), d2 with operations by hand. Both ask the pod the same questions; they
  watch nothing and log nothing; controller-runtime counts and times each request, as (c) does.

The lead over Go is a lead over controller-runtime's way with JSON, not over Go. ${memory}

The load generator (bench/go/client) was at most busy ${busiestClient(results).text}.

## Goals
${reachTable(lines)}

A goal is held against the measured value itself, noise not deducted. Records are what to go for beyond. A later run has
a regression where one of our ratios to (b) or d1 is worse than in bench/baseline.json by more than a tenth and
1.53 times the noise of both runs (three standard errors).

## Figures
${figureTables(results)}

**start and memory**

${processTable(results)}
`;
}

/** Of the same work, the same program: what differs is the machine's doing, such as a neighbour on the same processor. */
function steadiness({ cells }: Results): string {
  const cpuUs = (cells["6k c16"]?.parse ?? []).map((round) => round.cpuUs);
  if (cpuUs.length === 0) return "How steady the machine was is not known.";
  const [least, most] = [Math.min(...cpuUs), Math.max(...cpuUs)].map((us) => us.toFixed(0));
  return `How steady it was: (b) took from ${least} to ${most} µs of CPU for the same review, 6k c16, in the rounds.`;
}

function pinning({ machine }: Results): string {
  return machine.isPinned
    ? "The server under test has one core to itself; load, API server and everything else have the others."
    : "NOTHING WAS PINNED: servers and load shared the cores, and the figures are worth little.";
}
