package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Where kubelet and containerd write however they are configured; /run is the rest's.
var mountPoints = []string{"/var/lib/kubelet", "/var/lib/cni", "/var/log/containers"}

// makeMountPoints makes what is missing of the folders to mount on.
func makeMountPoints() (made []string, err error) {
	for _, folder := range mountPoints {
		if err := os.Mkdir(folder, 0o755); err == nil {
			made = append(made, folder)
		} else if !errors.Is(err, fs.ErrExist) {
			return made, fmt.Errorf("a folder to mount on is refused: %w", err)
		}
	}
	return made, nil
}

func removeMountPoints(made []string) {
	for _, folder := range made {
		os.Remove(folder)
	}
}
