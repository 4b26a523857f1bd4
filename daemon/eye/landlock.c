#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox.h"

/* As the kernel's linux/landlock.h has them; the distribution's may be older. A kernel
 * that knows less is given less: each version added some. */
struct ruleset {
    uint64_t files, network, scopes;
};

enum { CREATE_VERSION = 1 };

static const struct {
    int since;
    struct ruleset adds;
} versions[] = {
    { 1, { (UINT64_C(1) << 13) - 1, 0, 0 } }, /* execute, read, write, make, remove */
    { 2, { UINT64_C(1) << 13, 0, 0 } },       /* link and rename between folders */
    { 3, { UINT64_C(1) << 14, 0, 0 } },       /* truncate */
    { 4, { 0, 3, 0 } },                       /* bind and connect of TCP */
    { 5, { UINT64_C(1) << 15, 0, 0 } },       /* ioctl of devices */
    { 6, { 0, 0, 3 } },                       /* abstract unix sockets, signals */
};

int sandbox_landlock(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);

    return version > 0 ? (int)version : 0;
}

/* All that is handled is forbidden, for no rule allows any of it. */
void sandbox_shut_files(void)
{
    struct ruleset set = { 0 };
    int version = sandbox_landlock();

    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        if (versions[i].since > version)
            continue;
        set.files |= versions[i].adds.files;
        set.network |= versions[i].adds.network;
        set.scopes |= versions[i].adds.scopes;
    }
    size_t known = version < 4 ? offsetof(struct ruleset, network)
                   : version < 6 ? offsetof(struct ruleset, scopes)
                                 : sizeof set;
    long fd = version ? syscall(SYS_landlock_create_ruleset, &set, known, 0) : -1;
    if (fd < 0)
        return;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        syscall(SYS_landlock_restrict_self, (int)fd, 0);
    close((int)fd);
}
