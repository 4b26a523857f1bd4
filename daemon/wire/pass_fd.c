#include <string.h>
#include <unistd.h>

#include "wire/pass_fd.h"

enum { FDS_MOST = 8 };

union control {
    char room[CMSG_SPACE(FDS_MOST * sizeof(int))];
    struct cmsghdr align;
};

ssize_t pass_fd_send(int to, const void *bytes, size_t size, int fd, int flags)
{
    union control control = { { 0 } };
    struct iovec from = { (void *)bytes, size };
    struct msghdr message = { .msg_iov = &from, .msg_iovlen = 1 };

    if (fd >= 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof fd);
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_len = CMSG_LEN(sizeof fd);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        memcpy(CMSG_DATA(head), &fd, sizeof fd);
    }
    return sendmsg(to, &message, flags | MSG_NOSIGNAL);
}

static void keep_first(const struct cmsghdr *head, int *fd)
{
    size_t bytes = head->cmsg_len - CMSG_LEN(0);

    for (size_t at = 0; at + sizeof(int) <= bytes; at += sizeof(int)) {
        int passed;
        memcpy(&passed, CMSG_DATA(head) + at, sizeof passed);
        if (*fd < 0)
            *fd = passed;
        else
            close(passed);
    }
}

ssize_t pass_fd_receive(int from, struct iovec *where, int count, int *fd, int flags)
{
    union control control;
    struct msghdr message = { .msg_iov = where,
                              .msg_iovlen = (size_t)count,
                              .msg_control = &control,
                              .msg_controllen = sizeof control };

    *fd = -1;
    ssize_t n = recvmsg(from, &message, flags | MSG_CMSG_CLOEXEC);
    if (n < 0)
        return n;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head;
         head = CMSG_NXTHDR(&message, head))
        if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
            keep_first(head, fd);
    return n;
}
