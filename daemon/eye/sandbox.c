#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/text.h"
#include "sandbox.h"

enum { MEMORY_MAX = 1 << 30, DESCRIPTORS_MAX = 64 };

/* Allowed with any argument. */
/* clang-format off */
static const int allowed[] = {
    /* sockets and the loop */
    SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(recvmmsg), SCMP_SYS(close), SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl),
    /* memory; madvise: a thread gives its stack back */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    /* threads that began before: futex for locks and pthread_once, the others are their first
     * and last calls */
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(futex_time64), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall), /* after a stop and a continue */
    /* clocks are real calls where the clock source is hpet or acpi_pm */
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64), SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid), /* libcrypto asks whether it was forked before it takes random bytes */
#ifdef KENGD_SANITIZED
    /* what the run time libraries of the sanitizers do of their own */
    SCMP_SYS(sigaltstack), SCMP_SYS(sched_yield), SCMP_SYS(mprotect),
    SCMP_SYS(gettid), SCMP_SYS(rt_sigaction), SCMP_SYS(getrlimit), SCMP_SYS(prlimit64),
    SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(sched_getaffinity), SCMP_SYS(getuid), SCMP_SYS(ioctl), SCMP_SYS(sysinfo),
#endif
};
/* clang-format on */

/* Answered with an error instead of an end. */
static const struct {
    int call, answer;
} refused[] = {
    { SCMP_SYS(uname), ENOSYS }, /* libavformat's gethostname() */
    { SCMP_SYS(getsockopt), ENOPROTOOPT },
};

/* What ends a process that did something else: nothing innocent calls it. */
enum { LAST_CALL = SCMP_SYS(kexec_load) };

/* ---- the end of one that does something else --------------------------------------- */

static char *put_number(char *to, unsigned number)
{
    char digits[12];
    int count = 0;

    do
        digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count > 0)
        *to++ = digits[--count];
    return to;
}

/* Only calls that a signal's handler may make. The call was not carried out; its number
 * goes to the log, then the kernel ends the process. */
static void on_forbidden(int number, siginfo_t *what, void *context)
{
    static const char words[] = "camera process called what its sandbox forbids: syscall=";
    char line[sizeof words + 16];
    char *at = line;

    memcpy(at, words, sizeof words - 1);
    at = put_number(at + sizeof words - 1, (unsigned)what->si_syscall);
    *at++ = '\n';
    ssize_t written = write(STDERR_FILENO, line, (size_t)(at - line));
    (void)written;
    syscall(LAST_CALL);
    _exit(128 + SIGSYS);
}

static void listen_to_filter(void)
{
    struct sigaction on = { .sa_sigaction = on_forbidden, .sa_flags = SA_SIGINFO };

    sigfillset(&on.sa_mask);
    sigaction(SIGSYS, &on, NULL);
}

/* ---- the list ---------------------------------------------------------------------- */

void sandbox_prepare(void)
{
    /* gmtime_r() would read /etc/localtime when the first line is logged (tzset(3)). */
    tzset();
    mallopt(M_ARENA_MAX, 1);
    /* A fragment's memory is used again, not mapped anew twice a second. */
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 20);
}

static int allow(scmp_filter_ctx filter, int call, unsigned count, struct scmp_arg_cmp a,
                 struct scmp_arg_cmp b)
{
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, count, a, b);
}

/* The loop is woken through an eventfd by the thread that decodes. */
static int allow_eventfds(scmp_filter_ctx filter)
{
    int failed = 0;

    for (int fd = 0; fd < DESCRIPTORS_MAX && !failed; fd++) {
        char name[32], to[64] = "";
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        if (readlink(name, to, sizeof to - 1) < 0 ||
            strcmp(to, "anon_inode:[eventfd]") != 0)
            continue;
        struct scmp_arg_cmp is_it = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)fd);
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(read), 1, is_it);
        if (!failed)
            failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, is_it);
    }
    return failed;
}

/* Calls that are harmless with some arguments only. */
static int allow_with_arguments(scmp_filter_ctx filter)
{
    static const int file_commands[] = { F_GETFD, F_SETFD, F_GETFL, F_SETFL };
    static const int socket_options[] = { SO_RCVLOWAT, SO_RCVBUF, SO_SNDTIMEO };
    struct scmp_arg_cmp none = SCMP_A0(SCMP_CMP_EQ, 0);
    int failed = 0;

    /* Messages of log.h, and of libraries. */
    failed |=
        allow(filter, SCMP_SYS(write), 1, SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO), none);
    /* No code. */
    failed |=
        allow(filter, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0), none);
    failed |= allow(filter, SCMP_SYS(mmap2), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
                    none);
    /* To the peer of a socket, never to an address: a socket that is closed could be
     * opened to another host by TCP fast open, and one of UDP used for any. */
    failed |= allow(filter, SCMP_SYS(sendto), 1, SCMP_A4(SCMP_CMP_EQ, 0), none);
    for (size_t i = 0; i < COUNT_OF(file_commands); i++)
        failed |= allow(filter, SCMP_SYS(fcntl), 1,
                        SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)file_commands[i]), none);
    for (size_t i = 0; i < COUNT_OF(socket_options); i++)
        failed |= allow(filter, SCMP_SYS(setsockopt), 2, SCMP_A1(SCMP_CMP_EQ, SOL_SOCKET),
                        SCMP_A2(SCMP_CMP_EQ, (scmp_datum_t)socket_options[i]));
    failed |= allow(filter, SCMP_SYS(setsockopt), 2, SCMP_A1(SCMP_CMP_EQ, IPPROTO_TCP),
                    SCMP_A2(SCMP_CMP_EQ, TCP_NODELAY));
    failed |= allow(filter, SCMP_SYS(setsockopt), 2, SCMP_A1(SCMP_CMP_EQ, IPPROTO_TCP),
                    SCMP_A2(SCMP_CMP_EQ, TCP_QUICKACK));
    /* A thread's name. */
    failed |= allow(filter, SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME), none);
    return failed;
}

/* -1: there is no such descriptor. */
static int allow_file_and_pipe(scmp_filter_ctx filter, int file, int pipe)
{
    struct scmp_arg_cmp none = SCMP_A0(SCMP_CMP_EQ, 0);
    int failed = 0;

    if (file >= 0) {
        struct scmp_arg_cmp is_it = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)file);
        failed |= allow(filter, SCMP_SYS(read), 1, is_it, none);
        failed |= allow(filter, SCMP_SYS(lseek), 1, is_it, none);
    }
    if (pipe >= 0)
        failed |= allow(filter, SCMP_SYS(write), 1,
                        SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)pipe), none);
    return failed;
}

static int fill(scmp_filter_ctx filter)
{
    int failed = 0;

    for (size_t i = 0; i < COUNT_OF(allowed) && !failed; i++)
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    for (size_t i = 0; i < COUNT_OF(refused) && !failed; i++)
        failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO((unsigned)refused[i].answer),
                                  refused[i].call, 0);
    if (!failed)
        failed = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, LAST_CALL, 0);
    if (!failed)
        failed = allow_with_arguments(filter);
    if (!failed)
        failed = allow_eventfds(filter);
    return failed;
}

static void limit(int what, rlim_t most)
{
    struct rlimit now;

    if (getrlimit((__rlimit_resource_t)what, &now) < 0 || now.rlim_max < most)
        return;
    setrlimit((__rlimit_resource_t)what, &(struct rlimit){ most, most });
}

void sandbox_limit(void)
{
    prctl(PR_SET_DUMPABLE, 0); /* and nobody traces it, or looks into its memory */
    limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_CORE, 0); /* a core would hold pictures */
    limit(RLIMIT_NOFILE, DESCRIPTORS_MAX);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_MEMLOCK, 0);
    limit(RLIMIT_MSGQUEUE, 0);
#ifndef KENGD_SANITIZED
    limit(RLIMIT_DATA, MEMORY_MAX);
    limit(RLIMIT_AS, MEMORY_MAX); /* the sanitizers' shadow takes terabytes */
#endif
}

bool sandbox_close(struct error *err)
{
    return sandbox_close_around(-1, -1, err);
}

bool sandbox_close_around(int file, int pipe, struct error *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
    int failed = -ENOMEM;

    sandbox_limit();
    listen_to_filter();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        failed = -errno;
    else if (filter)
        failed = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    /* Threads that exist are closed in too; without this they would stay outside. */
    if (!failed)
        failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (!failed)
        failed = fill(filter);
    if (!failed)
        failed = allow_file_and_pipe(filter, file, pipe);
    if (!failed)
        failed = seccomp_load(filter);
    if (filter)
        seccomp_release(filter);
    return !failed ||
           error_set(err, ERR_BUSY, "the system call filter cannot be loaded: %s",
                     strerror(-failed));
}
