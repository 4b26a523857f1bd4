/*
 * Descriptors passed between processes over a unix socket (SCM_RIGHTS, unix(7)).
 * Thread: any. Errors: -1 and errno, as sendmsg(2) and recvmsg(2).
 */
#pragma once
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Sends the bytes with `fd` (-1: none), which stays open here. `flags`: MSG_DONTWAIT or
 * 0. */
ssize_t pass_fd_send(int to, const void *bytes, size_t size, int fd, int flags);

/* Receives into `count` places. *fd: a descriptor that came along, close-on-exec and
 * owned from now on, or -1. Of several the first is kept and the others are closed. */
ssize_t pass_fd_receive(int from, struct iovec *where, int count, int *fd, int flags);
