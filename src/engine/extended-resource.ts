// Which resources a device plugin or a DRA driver offers.

/** What the scheduler makes a ResourceClaim for (k8s.io/api resource/v1 ResourceDeviceClassPrefix; on since 1.36). */
const DEVICE_CLASS_PREFIX = "deviceclass.resource.kubernetes.io/";

/**
 * k8s.io/kubernetes pkg/apis/core/v1/helper IsExtendedResourceName: a domain that is not kubernetes.io's; and
 * pkg/scheduler/util IsDRAExtendedResourceName.
 */
export function isExtendedResource(name: string): boolean {
  if (name.startsWith(DEVICE_CLASS_PREFIX)) return true;
  const slash = name.indexOf("/");
  if (slash === -1) return false;
  const domain = name.slice(0, slash);
  return domain !== "kubernetes.io" && !domain.endsWith(".kubernetes.io");
}
