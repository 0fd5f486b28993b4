// A pod in an enforcing namespace, the twin that nobody was asked about, and what is asked about at all.
import { beforeAll, expect, it } from "vitest";
import { comparable } from "../../apiserver/dispatch/pods.ts";
import { TARGET, VARIANT } from "../ground.ts";
import { outcomeOf, podOf, untouched } from "../pods.ts";
import type { Scene } from "../scene.ts";

export function pods(scene: () => Scene): void {
  let enforced: string;
  let unlabelled: string;

  beforeAll(async () => {
    enforced = await scene().cluster.enter("enforce");
    unlabelled = await scene().cluster.enter(null);
  });

  it("differ from unpatched ones in the class and one annotation, and in nothing else", async () => {
    const named = podOf({}, { name: "twin", generateName: undefined });
    const stored = comparable(await scene().cluster.store(enforced, named));
    const twin = comparable(await scene().cluster.store(unlabelled, named));

    const { "kata-thp.dev/status": status = "", ...annotations } = stored.annotations;
    expect({ ...stored, annotations, spec: withoutToken(stored.spec) }).toEqual({
      ...twin,
      spec: { ...withoutToken(twin.spec), runtimeClassName: VARIANT },
    });
    expect(twin.spec["runtimeClassName"]).toBe(TARGET);
    expect(JSON.parse(status)).toMatchObject({
      decision: "patch",
      selection: "runtime-class",
      mode: "enforce",
      from: TARGET,
    });
  });

  // Not both: nobody says here how root filesystems come, and three may be more disks than a guest has slots for.
  it.each([
    ["init", {}],
    ["sidecar", { restartPolicy: "Always" }],
  ])("keep the user's own labels, annotations, containers (%s) and volumes", async (name, own) => {
    const volumeMounts = [{ name: "settings", mountPath: "/etc/s" }];
    const spec = {
      initContainers: [{ name, image: "registry.example/none", volumeMounts, ...own }],
      volumes: [{ name: "settings", configMap: { name: "settings" } }],
    };
    const metadata = { labels: { "example.com/a.b": "c" }, annotations: { "example.com/x_y": "y" } };

    const stored = await scene().cluster.store(enforced, podOf(spec, metadata));

    expect(outcomeOf(stored)).toMatchObject({ runtimeClassName: VARIANT, selection: "runtime-class" });
    expect(stored.metadata).toMatchObject(metadata);
    // Each has the token's mount besides.
    const [init] = stored["spec"].initContainers;
    expect(init).toMatchObject({ name, ...own });
    expect(init.volumeMounts).toEqual(expect.arrayContaining(volumeMounts));
    expect(stored["spec"].volumes).toContainEqual(expect.objectContaining({ name: "settings" }));
  });

  it("are answered as dry-run, and then not stored", async () => {
    const named = podOf({}, { name: "dry", generateName: undefined });
    const { status, body } = await scene().cluster.tryPod(enforced, named, "?dryRun=All");

    expect(status).toBe(201);
    expect(outcomeOf(body)).toMatchObject({ runtimeClassName: VARIANT, selection: "runtime-class" });
    expect((await scene().cluster.api.ask("GET", `/api/v1/namespaces/${enforced}/pods/dry`)).status).toBe(404);
  });

  it("come with a warning where a bare pod's class was changed", async () => {
    const { warnings } = await scene().cluster.tryPod(enforced, podOf());

    expect(warnings).toEqual([expect.stringMatching(/^kata-thp: the pod has no controller/)]);
  });

  it("of another class, and of none, are none of its business", async () => {
    const none = podOf({ runtimeClassName: undefined });
    const variant = podOf({ runtimeClassName: VARIANT });

    expect(outcomeOf(await scene().cluster.store(enforced, none))).toEqual({
      ...untouched(),
      runtimeClassName: undefined,
    });
    expect(outcomeOf(await scene().cluster.store(enforced, variant))).toEqual(untouched(VARIANT));
  });

  it("whose label says disabled are left as they are, without a word", async () => {
    const { status, body, warnings } = await scene().cluster.tryPod(
      enforced,
      podOf({}, { labels: { "kata-thp.dev/mode": "disabled" } }),
    );

    expect({ status, outcome: outcomeOf(body), warnings }).toEqual({ status: 201, outcome: untouched(), warnings: [] });
  });
}

/** The API server names the volume of each pod's token at random. */
function withoutToken(spec: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(spec).replaceAll(/kube-api-access-\w+/g, "kube-api-access")) as Record<
    string,
    unknown
  >;
}
