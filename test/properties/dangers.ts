// What breaks without a shared filesystem, told once more and in another way than the engine's rules do: container by
// container, from the mounts to the volumes (kata-facts §5 and §6).
import type { Facts } from "../../src/engine/facts.ts";
import type { Pod, Volume, VolumeMount } from "../../src/engine/pod.ts";
import type { Policy } from "../../src/engine/policy.ts";
import type { BlockingRuleReason } from "../../src/engine/reasons.ts";

const HYPERVISOR = "io.katacontainers.config.hypervisor.";
const SAFE_SOURCES: ReadonlySet<string> = new Set([
  "configMap",
  "secret",
  "downwardAPI",
  "projected",
  "emptyDir",
  "image",
  "hostPath",
  "persistentVolumeClaim",
  "ephemeral",
  "csi",
]);
const FALSE: ReadonlySet<string> = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** Reasons for which this pod must not be patched; not those that depend on Kata's version. */
export function dangersOf(pod: Pod, claims: Facts["claims"], policy: Policy): BlockingRuleReason[] {
  const spec = pod.spec ?? {};
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
  const found = new Set<BlockingRuleReason>();
  for (const container of containers) {
    for (const mount of container.volumeMounts ?? []) {
      if (mount.mountPropagation && mount.mountPropagation !== "None" && volumeOf(pod, mount.name))
        found.add("MountPropagation");
      for (const volume of volumesOf(pod, mount.name))
        for (const danger of ofVolume(volume, mount, claims)) found.add(danger);
    }
    for (const device of container.volumeDevices ?? []) {
      for (const volume of volumesOf(pod, device.name)) {
        const claimName = volume.persistentVolumeClaim?.claimName ?? "";
        if (volume.persistentVolumeClaim && claimMode(claims, claimName) !== "Block")
          found.add(claimMode(claims, claimName) === "Filesystem" ? "FilesystemClaim" : "ClaimModeUnknown");
      }
    }
  }
  for (const resources of [spec.resources, ...containers.map((each) => each.resources)]) {
    for (const [name, amount] of Object.entries({ ...resources?.requests, ...resources?.limits })) {
      if (Number(amount) === 0) continue;
      if (name.startsWith("hugepages-")) found.add("HugePages");
      const isDevice = /^(?:deviceclass\.resource\.kubernetes\.io|(?!(?:.*\.)?kubernetes\.io\/)[^/]+)\//.test(name);
      if (isDevice && !policy.harmlessResources.includes(name)) found.add("DevicePassthrough");
    }
  }
  if ((spec.resourceClaims ?? []).length > 0) found.add("DevicePassthrough");
  for (const [key, value] of Object.entries(pod.metadata?.annotations ?? {})) {
    if (value === null) continue;
    if (key === `${HYPERVISOR}shared_fs` && value !== "none") found.add("UserSharedFs");
    if (key.startsWith(`${HYPERVISOR}virtio_fs_`)) found.add("UserVirtioFs");
    if (key === `${HYPERVISOR}enable_hugepages` && !FALSE.has(value)) found.add("UserHugePages");
    if (key === `${HYPERVISOR}vhost_user_store_path`) found.add("UserVhostUser");
    if (key === `${HYPERVISOR}cc_init_data` && value !== "") found.add("ConfidentialGuest");
    if (key === "io.katacontainers.config_path" && !policy.targets.some((target) => target.configPath === value))
      found.add("UserConfigPath");
  }
  return [...found];
}

function volumesOf(pod: Pod, name: string): Volume[] {
  return (pod.spec?.volumes ?? []).filter((volume) => volume.name === name);
}

function volumeOf(pod: Pod, name: string): boolean {
  return volumesOf(pod, name).length > 0;
}

function claimMode(claims: Facts["claims"], name: string): string | null {
  const mode = Object.hasOwn(claims, name) ? claims[name] : undefined;
  return mode?.kind === "known" ? mode.value : null;
}

function ofVolume(volume: Volume, mount: VolumeMount, claims: Facts["claims"]): BlockingRuleReason[] {
  const sources = Object.entries({ ...volume })
    .filter(([key, value]) => key !== "name" && value !== null)
    .map(([key]) => key);
  const isPart = Boolean(mount.subPath) || Boolean(mount.subPathExpr);
  const found: BlockingRuleReason[] = [];
  const { hostPath, emptyDir, persistentVolumeClaim, ephemeral } = volume;
  if (hostPath) {
    if (!hostPath.type || hostPath.type.startsWith("Directory")) found.push("HostPathVolume");
    if (hostPath.type === "Socket") found.push("HostPathSocket");
    if (hostPath.type?.startsWith("File") && mount.readOnly !== true) found.push("HostPathFile");
  }
  if (persistentVolumeClaim) {
    const mode = claimMode(claims, persistentVolumeClaim.claimName ?? "");
    if (mode !== "Block") found.push(mode === "Filesystem" ? "FilesystemClaim" : "ClaimModeUnknown");
  }
  if (ephemeral && ephemeral.volumeClaimTemplate?.spec?.volumeMode !== "Block") found.push("EphemeralVolume");
  if (volume.csi) found.push("CsiInlineVolume");
  if (emptyDir?.medium?.startsWith("HugePages")) found.push("HugePages");
  if ((emptyDir || sources.length === 0) && isPart) found.push("EmptyDirSubPath");
  const items = [
    volume.configMap,
    volume.secret,
    volume.downwardAPI,
    ...(volume.projected?.sources ?? []).flatMap((each) => [each["secret"], each["configMap"]]),
  ].flatMap((each) => each?.items ?? []);
  if (!isPart && items.some(({ path }) => path?.includes("/"))) found.push("NestedItemPath");
  if (sources.includes("nfs") || sources.includes("iscsi")) found.push("NetworkVolume");
  if (sources.some((source) => source.startsWith("x") && !SAFE_SOURCES.has(source))) found.push("UnknownVolumeType");
  if ((volume.projected?.sources ?? []).some((each) => each["podCertificate"] != null)) found.push("UnknownVolumeType");
  return found;
}
