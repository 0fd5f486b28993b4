package main

import (
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

const (
	targetClass  = "kata-clh"
	modeLabel    = "kata-thp.dev/mode"
	mirrorKey    = "kubernetes.io/config.mirror"
	hypervisor   = "io.katacontainers.config.hypervisor."
	configPath   = "io.katacontainers.config_path"
	hugePages    = "hugepages-"
	nativePrefix = "kubernetes.io/"
	deviceClass  = "deviceclass.resource.kubernetes.io/"
)

// reasonAgainst names the first thing that speaks against private memory; empty where there is none. The questions are
// the webhook's own rules, asked of decoded types.
func reasonAgainst(req *admission.Request, pod *corev1.Pod) string {
	switch {
	case req.Kind.Group != "" || req.Kind.Kind != "Pod" || req.SubResource != "":
		return "NotAPod"
	case req.Operation != admissionv1.Create:
		return "NotCreate"
	case pod.Spec.RuntimeClassName == nil || *pod.Spec.RuntimeClassName != targetClass:
		return "NotTarget"
	case pod.Labels[modeLabel] == "disabled":
		return "OptedOut"
	case pod.Annotations[mirrorKey] != "":
		return "MirrorPod"
	case req.Namespace == "kube-system":
		return "NamespaceNotSelected"
	}
	for key := range pod.Annotations {
		if key == configPath || strings.HasPrefix(key, hypervisor) {
			return "UserAnnotationRefused"
		}
	}
	if len(pod.Spec.ResourceClaims) > 0 {
		return "DevicePassthrough"
	}
	mounts := map[string][]corev1.VolumeMount{}
	for _, containers := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range containers {
			container := &containers[i]
			if reason := reasonOfContainer(container); reason != "" {
				return reason
			}
			for _, mount := range container.VolumeMounts {
				mounts[mount.Name] = append(mounts[mount.Name], mount)
			}
		}
	}
	for i := range pod.Spec.Volumes {
		volume := &pod.Spec.Volumes[i]
		if reason := reasonOfVolume(volume, mounts[volume.Name]); reason != "" {
			return reason
		}
	}
	return ""
}

func reasonOfContainer(container *corev1.Container) string {
	for _, list := range []corev1.ResourceList{container.Resources.Requests, container.Resources.Limits} {
		for name := range list {
			text := string(name)
			if strings.HasPrefix(text, hugePages) {
				return "HugePages"
			}
			if strings.HasPrefix(text, deviceClass) || strings.Contains(text, "/") && !strings.HasPrefix(text, nativePrefix) {
				return "DevicePassthrough"
			}
		}
	}
	for i := range container.Env {
		if from := container.Env[i].ValueFrom; from != nil && from.FileKeyRef != nil {
			return "FileKeyRef"
		}
	}
	for _, mount := range container.VolumeMounts {
		if mount.MountPropagation != nil && *mount.MountPropagation != corev1.MountPropagationNone {
			return "MountPropagation"
		}
	}
	return ""
}

func reasonOfVolume(volume *corev1.Volume, mounts []corev1.VolumeMount) string {
	if len(mounts) == 0 {
		return ""
	}
	subPaths := 0
	for _, mount := range mounts {
		if mount.SubPath != "" || mount.SubPathExpr != "" {
			subPaths++
		}
	}
	switch {
	case volume.ConfigMap != nil:
		return nested(volume.ConfigMap.Items, subPaths == len(mounts))
	case volume.Secret != nil:
		return nested(volume.Secret.Items, subPaths == len(mounts))
	case volume.DownwardAPI != nil:
		return ""
	case volume.Projected != nil:
		for _, source := range volume.Projected.Sources {
			switch {
			case source.ConfigMap != nil:
				if reason := nested(source.ConfigMap.Items, subPaths == len(mounts)); reason != "" {
					return reason
				}
			case source.Secret != nil:
				if reason := nested(source.Secret.Items, subPaths == len(mounts)); reason != "" {
					return reason
				}
			case source.ServiceAccountToken == nil && source.DownwardAPI == nil && source.ClusterTrustBundle == nil:
				return "UnknownVolumeType"
			}
		}
		return ""
	case volume.EmptyDir != nil:
		if subPaths > 0 {
			return "EmptyDirSubPath"
		}
		if strings.HasPrefix(string(volume.EmptyDir.Medium), "HugePages") {
			return "HugePages"
		}
		return ""
	case volume.HostPath != nil:
		return "HostPathVolume"
	case volume.PersistentVolumeClaim != nil:
		return "FilesystemClaim"
	case volume.Ephemeral != nil:
		return "EphemeralVolume"
	case volume.CSI != nil:
		return "CsiInlineVolume"
	case volume.NFS != nil || volume.ISCSI != nil || volume.CephFS != nil || volume.RBD != nil || volume.FC != nil:
		return "NetworkVolume"
	}
	return "UnknownVolumeType"
}

func nested(items []corev1.KeyToPath, areSubPaths bool) string {
	if areSubPaths {
		return ""
	}
	for _, item := range items {
		if strings.Contains(item.Path, "/") {
			return "NestedItemPath"
		}
	}
	return ""
}
