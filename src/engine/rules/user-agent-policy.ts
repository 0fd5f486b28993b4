import { AGENT_POLICY_KEY } from "../../kata/annotations.ts";
import { annotationOf } from "../pod.ts";
import { NOTHING, type Rule } from "../rule.ts";
import { userChoice } from "../user-choice.ts";

/**
 * An agent policy refuses what it does not allow, and no allow-list stands before the annotation (addAgentConfigOverrides, read).
 * Without a shared filesystem the agent is asked for other things: to write copied files, and to mount a storage for
 * each root filesystem (kata-facts §5).
 */
export const userAgentPolicy: Rule = {
  name: "user-agent-policy",
  occasion: "Kata annotation",
  reasons: ["UserAgentPolicy"],
  check: ({ pod }) =>
    annotationOf(pod, AGENT_POLICY_KEY) ? [userChoice("UserAgentPolicy", AGENT_POLICY_KEY)] : NOTHING,
};
