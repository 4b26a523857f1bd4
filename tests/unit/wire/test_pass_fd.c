#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/pass_fd.h"

static void a_descriptor_arrives_with_the_first_byte_of_its_message(void **state)
{
    int pair[2], ends[2], fd;
    char text[8], letter;
    struct iovec two = { text, 2 }, rest = { text + 2, sizeof text - 2 };

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pass_fd_send(pair[0], "hello", 5, ends[1], 0), 5);
    close(ends[1]);
    assert_int_equal(pass_fd_receive(pair[1], &two, 1, &fd, 0), 2);
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(write(fd, "x", 1), 1);
    assert_int_equal(read(ends[0], &letter, 1), 1);
    close(fd);
    assert_int_equal(pass_fd_receive(pair[1], &rest, 1, &fd, 0), 3);
    assert_int_equal(fd, -1);
    assert_memory_equal(text, "hello", 5);
    close(ends[0]);
    close(pair[0]);
    close(pair[1]);
}

static void of_several_descriptors_only_one_is_kept(void **state)
{
    union {
        char room[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control = { { 0 } };
    int pair[2], ends[2], fd;
    char byte = 'x';
    struct iovec one = { &byte, 1 };
    struct msghdr m = { .msg_iov = &one,
                        .msg_iovlen = 1,
                        .msg_control = &control,
                        .msg_controllen = sizeof control };

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(pipe(ends), 0);
    struct cmsghdr *head = CMSG_FIRSTHDR(&m);
    head->cmsg_len = CMSG_LEN(2 * sizeof(int));
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    memcpy(CMSG_DATA(head), ends, sizeof ends);
    assert_int_equal(sendmsg(pair[0], &m, 0), 1);
    close(ends[1]); /* now only what was passed holds the pipe open */
    assert_int_equal(pass_fd_receive(pair[1], &one, 1, &fd, 0), 1);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(read(ends[0], &byte, 1), 0); /* the other one is closed too */
    close(ends[0]);
    close(pair[0]);
    close(pair[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_descriptor_arrives_with_the_first_byte_of_its_message),
        cmocka_unit_test(of_several_descriptors_only_one_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
