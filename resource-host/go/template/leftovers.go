package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// leftovers finds what runs of this resource, also what an earlier host started and left behind when it was killed. All of it
// inherited an environment that names the resource and the daemon. Only Linux shows the environment of a process.
func leftovers(resource string) []int {
	entries := []string{"\x00ANDON_RESOURCE=" + resource + "\x00", "\x00ANDON_SOCKET=" + os.Getenv("ANDON_SOCKET") + "\x00"}
	paths, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		panic(err) // Only a malformed pattern does that.
	}
	var pids []int
	for _, path := range paths {
		// A process that has ended, or is somebody else's, has no environment to read: it is not ours.
		environment, _ := os.ReadFile(path)
		if text := "\x00" + string(environment); strings.Contains(text, entries[0]) && strings.Contains(text, entries[1]) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			pids = append(pids, pid)
		}
	}
	return pids
}

// killLeftovers returns when nothing of this resource runs any more.
func killLeftovers(resource string) {
	for pids := leftovers(resource); len(pids) > 0; pids = leftovers(resource) {
		for _, pid := range pids {
			// An error means that it has ended already.
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		time.Sleep(time.Millisecond)
	}
}
