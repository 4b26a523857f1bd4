"""A camera's process that is no longer its own: whatever it asks of the kernel, it is over. The
processes here are a keng-camera that plays parts, inside the real sandbox."""
import ctypes
import re

from conftest import BUILD, PATIENCE, wait_until

# A file, the network, a program, a process, another process, and ways around the first.
CALLS = ["openat", "open_by_handle_at", "socket", "connect", "bind", "execve", "clone", "kill", "ptrace",
         "process_vm_readv", "pidfd_open", "pidfd_getfd", "unshare", "setns", "mount", "bpf",
         "io_uring_setup", "memfd_create", "userfaultfd", "keyctl"]


def number_of(name):
    return ctypes.CDLL("libseccomp.so.2").seccomp_syscall_resolve_name(name.encode())


def camera_for(call):
    return "calls-" + call.replace("_", "-")


def test_each_forbidden_call_ends_its_process_is_told_and_touches_no_other(kengd, monkeypatch):
    monkeypatch.setenv("KENGD_CAMERA_PROGRAM", str(BUILD / "tests/unit/watch/watch-peer"))
    kengd.expects_kills = True
    for camera in [*map(camera_for, CALLS), "pings"]:
        kengd.add(camera, url="rtsp://127.0.0.1:9/")
    kengd.start()

    def killed(call):
        return len(re.findall(f"killed by its sandbox: camera={camera_for(call)} ", kengd.log.read_text()))

    # The first is replaced at once, those after it with a growing pause.
    for call in CALLS:
        wait_until(f"two ends by {call}", 20 * PATIENCE, lambda: killed(call) >= 2, every=0.2)
        assert f"what its sandbox forbids: syscall={number_of(call)}\n" in kengd.log.read_text()
    wait_until("the crash in words", 5 * PATIENCE,
               lambda: kengd.camera(camera_for("openat"))["reason_code"] == "crashed", every=0.2)
    assert all(killed(call) <= 8 for call in CALLS)
    assert "camera=pings" not in "\n".join(
        line for line in kengd.log.read_text().splitlines() if "camera process" in line)
