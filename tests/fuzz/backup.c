/*
 * A backup that somebody gives to kengctl restore: the bundle in it (the first byte is even),
 * cut as a vault cuts it, or the file itself with a passphrase (odd). No name leads out, no
 * more bytes come than were said, and nothing that was not encrypted so is taken.
 */
#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backup/bundle.h"
#include "backup/vault.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct taken {
    uint64_t said, came;
    int open;
};

static bool file(void *arg, const struct bundle_file *is, struct error *err)
{
    struct taken *taken = arg;

    assert(bundle_name_is_safe(is->name) && is->mode <= 0777 && !taken->open);
    *taken = (struct taken){ .said = is->size, .open = 1 };
    return true;
}

static bool some(void *arg, const uint8_t *bytes, size_t size, struct error *err)
{
    struct taken *taken = arg;

    taken->came += size;
    assert(taken->open && taken->came <= taken->said);
    return true;
}

static bool file_end(void *arg, struct error *err)
{
    struct taken *taken = arg;

    assert(taken->open && taken->came == taken->said);
    taken->open = 0;
    return true;
}

static void read_bundle(const uint8_t *bytes, size_t size)
{
    struct taken taken = { 0 };
    const struct bundle_taker taker = { file, some, file_end, &taken };
    struct error err = { 0 };
    struct unbundle *un = unbundle_new(&taker);
    size_t step = size > 0 ? bytes[0] % 37 + 1 : 1;
    bool well = true;

    for (size_t at = 0; well && at < size; at += step)
        well = unbundle_feed(un, bytes + at, step < size - at ? step : size - at, &err);
    if (well && unbundle_end(un, &err))
        assert(!taken.open);
    unbundle_free(un);
}

static void read_vault(const uint8_t *bytes, size_t size)
{
    struct error err = { 0 };
    uint8_t piece[4096];
    int fd = memfd_create("vault", MFD_CLOEXEC);

    assert(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    lseek(fd, 0, SEEK_SET);
    struct vault_reader *vault = vault_open(fd, "a passphrase of tests", &err);
    while (vault && vault_read(vault, piece, sizeof piece, &err) > 0)
        ;
    vault_reader_free(vault);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;
    if (bytes[0] % 2)
        read_vault(bytes + 1, size - 1);
    else
        read_bundle(bytes + 1, size - 1);
    return 0;
}
