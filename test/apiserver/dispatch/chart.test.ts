// What these tests install is what the chart installs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { ENTRIES } from "./webhook-configuration.ts";

it("has the webhooks of the chart, at the paths that the chart names", () => {
  const rendered = readFileSync(join(import.meta.dirname, "../../chart/default-render.txt"), "utf8");
  const objects = parseAllDocuments(rendered).map((document) => document.toJS() as Record<string, unknown> | null);

  const chart = objects.find((object) => object?.["kind"] === "MutatingWebhookConfiguration");

  const served = ENTRIES.map((entry) => {
    const path = `/mutate/${entry.name.split(".")[0]}`;
    const service = { name: "kata-thp-webhook", namespace: "kata-thp", path, port: 443 };
    return { ...entry, clientConfig: { service } };
  });
  expect(served).toEqual(chart?.["webhooks"]);
});
