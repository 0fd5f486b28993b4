import { createMemoryCluster } from "./memory-cluster.ts";
import { describeStore } from "./store-contract.ts";

describeStore("a cluster in memory", async () => {
  const cluster = createMemoryCluster(() => Date.now());
  return {
    store: cluster.store(),
    secret: async () => {
      const secret = cluster.secret();
      return secret === null ? null : { data: secret.data, labels: secret.labels };
    },
    setSecret: async (data, labels) => cluster.setSecret(data, labels ?? {}),
    webhooks: async () => (cluster.webhooks() ?? []).map(({ name, caBundle }) => ({ name, caBundle })),
    setWebhooks: async (webhooks) =>
      cluster.setWebhooks(webhooks?.map((webhook) => ({ ...webhook, host: "webhook.test.svc" })) ?? null),
  };
});
