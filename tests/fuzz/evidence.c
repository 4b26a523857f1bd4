/*
 * What comes from outside about footage: a package that somebody gives to kengctl verify (the
 * first byte is even), or the box of a query (odd). Nothing that was not signed may pass.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../daemon/web/activity.h"
#include "core/memory.h"
#include "evidence/verify.h"
#include "store/activity_rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void count(void *arg, const char *name, enum file_fault fault)
{
    assert(*name && !strchr(name, '/'));
    ++*(size_t *)arg;
}

static void check_package(const uint8_t *bytes, size_t size)
{
    struct error err = { 0 };
    struct proof proof;
    size_t told = 0;
    int fd = memfd_create("package", MFD_CLOEXEC);

    assert(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    bool well = verify_zip(fd, NULL, count, &told, &proof, &err);
    assert(!well || (proof.signed_well && proof.faults == 0 && proof.files == told));
    close(fd);
}

static void check_box(const uint8_t *bytes, size_t size)
{
    char *text = xstrndup((const char *)bytes, size);
    uint8_t cells[GRID_BYTES], all[GRID_BYTES];
    double box[4];

    memset(all, 0xff, sizeof all);
    if (box_read(text, box)) {
        grid_of_box(box, cells);
        assert(grid_common(cells, all) >= 1);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;
    if (bytes[0] % 2)
        check_box(bytes + 1, size - 1);
    else
        check_package(bytes + 1, size - 1);
    return 0;
}
