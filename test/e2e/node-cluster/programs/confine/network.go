package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"syscall"
	"unsafe"
)

// The addresses of the node, beside 127.0.0.1. They are the loopback device's: pods reach them by their gateway.
var addresses = map[string]string{
	// For documentation (RFC 5737): kubelet and endpoints take no loopback address.
	"lo:node": "192.0.2.10",
	// The Service kubernetes.default, to which no kube-proxy leads.
	"lo:api": "10.96.0.1",
}

// struct ifreq, netdevice(7)
type interfaceRequest struct {
	name [syscall.IFNAMSIZ]byte
	data [24]byte
}

// From linux/sockios.h.
const (
	bridgeAdd    = 0x89a0
	bridgeDelete = 0x89a1
)

func prepareNetwork() error {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(socket)

	if err := raise(socket, "lo"); err != nil {
		return err
	}
	for label, address := range addresses {
		for _, setting := range []struct {
			request uintptr
			value   string
		}{{syscall.SIOCSIFADDR, address}, {syscall.SIOCSIFNETMASK, "255.255.255.255"}} {
			request := newRequest(label)
			binary.NativeEndian.PutUint16(request.data[0:], syscall.AF_INET)
			copy(request.data[4:], netip.MustParseAddr(setting.value).AsSlice())
			if err := control(socket, setting.request, unsafe.Pointer(&request)); err != nil {
				return fmt.Errorf("the address %s is refused: %w", address, err)
			}
		}
	}
	// The pods' network is made by the bridge plugin, later: too late to say that this machine cannot.
	probe := newRequest("probe")
	for _, request := range []uintptr{bridgeAdd, bridgeDelete} {
		if err := control(socket, request, unsafe.Pointer(&probe.name)); err != nil {
			return fmt.Errorf("a network bridge is refused: %w", err)
		}
	}
	return nil
}

func raise(socket int, name string) error {
	request := newRequest(name)
	binary.NativeEndian.PutUint16(request.data[0:], syscall.IFF_UP|syscall.IFF_RUNNING)
	if err := control(socket, syscall.SIOCSIFFLAGS, unsafe.Pointer(&request)); err != nil {
		return fmt.Errorf("the network device %s is refused: %w", name, err)
	}
	return nil
}

func newRequest(name string) interfaceRequest {
	var request interfaceRequest
	copy(request.name[:syscall.IFNAMSIZ-1], name)
	return request
}

func control(socket int, request uintptr, argument unsafe.Pointer) error {
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(socket), request, uintptr(argument)); errno != 0 {
		return errno
	}
	return nil
}
