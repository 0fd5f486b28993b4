// What happens between us and the API server, for metrics and the log.
import type { UnknownCause } from "../engine/facts.ts";
import { clusterRoleRule, type Right, type Verb, type WatchedResource } from "./rights.ts";
import type { WatchEventType } from "./watch-from.ts";

/** start: the first one. gone: resourceVersion too old. silent: the watch said nothing. failed: it was refused. */
export const LIST_CAUSES = ["start", "gone", "silent", "failed"] as const;
export type ListCause = (typeof LIST_CAUSES)[number];

export type ClusterEvent =
  /** A list is complete and in use; every one but the first is a relist. */
  | {
      readonly kind: "listed";
      readonly resource: WatchedResource;
      readonly cause: ListCause;
      readonly objects: number;
      readonly pages: number;
      readonly tookMs: number;
    }
  /** A watch is open. With the first one the resource is synced. */
  | { readonly kind: "watching"; readonly resource: WatchedResource; readonly isFirst: boolean }
  /** An event of a watch was taken in; `name` is "" for a bookmark. */
  | {
      readonly kind: "watched";
      readonly resource: WatchedResource;
      readonly type: WatchEventType;
      readonly name: string;
    }
  /** An attempt failed and is repeated; facts go on from what is kept. */
  | {
      readonly kind: "failed";
      readonly resource: WatchedResource;
      readonly verb: Verb;
      readonly why: string;
      readonly retryInMs: number;
    }
  /** A right is missing. `isNew`: the attempt before had not been refused, or long ago. */
  | { readonly kind: "forbidden"; readonly right: Right; readonly isNew: boolean; readonly said: string }
  /** A right that was missing is there. */
  | { readonly kind: "allowed"; readonly right: Right }
  /** What is kept of a resource became too old to be facts, or is facts again. */
  | { readonly kind: "stale" | "fresh"; readonly resource: WatchedResource; readonly ageMs: number }
  /** A Node of which nothing is kept: it counts as one that says nothing. */
  | { readonly kind: "unreadable"; readonly node: string; readonly why: string }
  /** A claim's volumeMode was asked for. `why`: what failed where it is neither known nor one of the causes. */
  | {
      readonly kind: "claim";
      readonly outcome: "known" | UnknownCause;
      readonly isCached: boolean;
      readonly tookMs: number;
      readonly why: string | null;
    };

export interface EventLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
}

/** What the log says of an event. Names of nodes and what the API server said are the only text that is not ours. */
export function describeClusterEvent(event: ClusterEvent): EventLine {
  switch (event.kind) {
    case "listed": {
      const { resource, cause, objects, pages, tookMs } = event;
      const why = cause === "start" ? "" : ` again (${cause})`;
      return {
        level: cause === "silent" ? "debug" : "info",
        message: `listed ${objects} ${resource}${why}: ${pages} pages, ${Math.round(tookMs)} ms`,
      };
    }
    case "watching":
      return { level: event.isFirst ? "info" : "debug", message: `watching ${event.resource}` };
    case "watched":
      return { level: "debug", message: `${event.resource}: ${event.type} ${event.name}`.trimEnd() };
    case "failed": {
      const { resource, verb, why, retryInMs } = event;
      return { level: "warn", message: `${verb} ${resource}: ${why}; again in ${Math.round(retryInMs)} ms` };
    }
    case "forbidden": {
      const { right, isNew, said } = event;
      const missing = `the API server does not let us ${right.verb} ${right.resource}: ${said}`;
      const message = `${missing}; the webhook's ClusterRole must have the rule ${clusterRoleRule(right.resource)}`;
      return { level: isNew ? "error" : "debug", message };
    }
    case "allowed":
      return { level: "info", message: `the API server lets us ${event.right.verb} ${event.right.resource} now` };
    case "stale": {
      const seconds = Math.round(event.ageMs / 1000);
      const message = `nothing was heard of ${event.resource} for ${seconds} s: what was known of them counts no more`;
      return { level: "error", message };
    }
    case "fresh":
      return { level: "info", message: `${event.resource} are known again` };
    case "unreadable":
      return { level: "warn", message: `node ${event.node} counts as unknown: ${event.why}` };
    case "claim": {
      const { outcome, isCached, tookMs, why } = event;
      const how = isCached ? "cached" : `${Math.round(tookMs)} ms`;
      return { level: "debug", message: `volumeMode of a claim: ${outcome} (${how})${why === null ? "" : `: ${why}`}` };
    }
    default:
      return event satisfies never;
  }
}
