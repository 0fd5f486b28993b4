import fc, { type Arbitrary } from "fast-check";

export interface MountUse {
  readonly name: string;
  readonly isDevice: boolean;
  readonly [field: string]: unknown;
}

/** A pod's volumes, and the mounts that are to be dealt out among its containers. */
export interface Volumes {
  readonly volumes: readonly object[];
  readonly mounts: readonly MountUse[];
}

const NETWORK = [
  "nfs",
  "iscsi",
  "rbd",
  "cephfs",
  "glusterfs",
  "azureDisk",
  "vsphereVolume",
  "gitRepo",
  "flexVolume",
] as const;

function items(text: Arbitrary<string>): Arbitrary<object> {
  const item = fc.record({ key: text, path: fc.oneof(fc.constantFrom("flat", "a/b"), text) }, { requiredKeys: [] });
  return fc.record(
    { name: text, items: fc.oneof(fc.constant(null), fc.array(item, { maxLength: 2 })) },
    { requiredKeys: [] },
  );
}

/** Sources that need no shared filesystem, or only work less well without one. */
function safeSource(): Arbitrary<object> {
  return fc.constantFrom(
    { configMap: { name: "c" } },
    { secret: { items: [{ key: "a", path: "a" }] } },
    { downwardAPI: { items: [{ path: "labels" }] } },
    { projected: { sources: [{ serviceAccountToken: { path: "token" } }, { configMap: { name: "c" } }] } },
    { emptyDir: { medium: "Memory" } },
    { emptyDir: {} },
    {},
    { hostPath: { path: "/dev/fuse", type: "CharDevice" } },
    { hostPath: { path: "/etc/x", type: "File" } },
    { persistentVolumeClaim: { claimName: "disk" } },
    { ephemeral: { volumeClaimTemplate: { spec: { volumeMode: "Block" } } } },
    { image: { reference: "x" } },
  );
}

function anySource(text: Arbitrary<string>): Arbitrary<object> {
  const typed = fc.constantFrom(
    undefined,
    null,
    "",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
    "CharDevice",
    "BlockDevice",
  );
  return fc.oneof(
    safeSource(),
    fc.record({
      hostPath: fc.record({
        path: fc.oneof(fc.constantFrom("/srv", "/dev/fuse", "/dev/../x"), text),
        type: fc.oneof(typed, text),
      }),
    }),
    fc.record({
      emptyDir: fc.record(
        {
          medium: fc.oneof(fc.constantFrom("", "Memory", "HugePages", "HugePages-2Mi", null), text),
          sizeLimit: fc.constantFrom("1Gi", 5, null, "odd"),
        },
        { requiredKeys: [] },
      ),
    }),
    fc.record({
      persistentVolumeClaim: fc.record(
        { claimName: fc.oneof(fc.constantFrom("data", "disk", "gone", ""), text) },
        { requiredKeys: [] },
      ),
    }),
    fc.record({
      ephemeral: fc.constantFrom(
        {},
        { volumeClaimTemplate: null },
        { volumeClaimTemplate: { spec: { volumeMode: "Filesystem" } } },
      ),
    }),
    items(text).chain((source) =>
      fc.constantFrom("configMap", "secret", "downwardAPI").map((name) => ({ [name]: source })),
    ),
    fc
      .array(
        fc.oneof(
          items(text).map((secret) => ({ secret })),
          fc.constantFrom({}, { serviceAccountToken: { path: "a/b" } }, { podCertificate: {} }, { later: null }),
        ),
        { maxLength: 2 },
      )
      .map((sources) => ({ projected: { sources } })),
    fc.constant({ csi: { driver: "x" } }),
    fc.constantFrom(...NETWORK).map((name) => ({ [name]: {} })),
    // A source of tomorrow may be called anything.
    text.map((name) => ({ [`x${name}`]: {} })),
    fc.constant({ hostPath: null, nfs: null, emptyDir: null }),
  );
}

function mountsOf(name: string, text: Arbitrary<string>, isPlain: boolean): Arbitrary<readonly MountUse[]> {
  const mount: Arbitrary<MountUse> = isPlain
    ? fc.record({
        name: fc.constant(name),
        isDevice: fc.constant(false),
        mountPath: fc.constant("/m"),
        readOnly: fc.constant(true),
      })
    : fc.record(
        {
          name: fc.oneof({ weight: 9, arbitrary: fc.constant(name) }, { weight: 1, arbitrary: text }),
          isDevice: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
          mountPath: fc.constant("/m"),
          readOnly: fc.constantFrom(true, false, null),
          subPath: fc.oneof(
            { weight: 3, arbitrary: fc.constantFrom(undefined, null, "") },
            { weight: 1, arbitrary: text },
          ),
          subPathExpr: fc.constantFrom(undefined, undefined, undefined, "$(A)"),
          mountPropagation: fc.oneof(
            { weight: 4, arbitrary: fc.constantFrom(undefined, null, "None") },
            { weight: 1, arbitrary: fc.oneof(fc.constantFrom("HostToContainer", "Bidirectional"), text) },
          ),
        },
        { requiredKeys: ["name", "isDevice"] },
      );
  return fc.array(mount, { maxLength: 2 });
}

function volumesOf(source: Arbitrary<object>, text: Arbitrary<string>, isPlain: boolean): Arbitrary<Volumes> {
  return fc.array(fc.tuple(source, text), { maxLength: isPlain ? 3 : 4 }).chain((sources) => {
    // A volume's name is a tenant's text; the index makes it one volume's.
    const volumes = sources.map(([each, name], index) => ({ name: `${name}${index}`, ...each }));
    return fc
      .tuple(...volumes.map(({ name }) => mountsOf(name, text, isPlain)))
      .map((mounts) => ({ volumes, mounts: mounts.flat() }));
  });
}

export function plainVolume(text: Arbitrary<string>): Arbitrary<Volumes> {
  return volumesOf(safeSource(), text, true);
}

export function wildVolume(text: Arbitrary<string>): Arbitrary<Volumes> {
  return volumesOf(anySource(text), text, false);
}
