/* What a vault gives back is what was put in, or nothing; a bundle never leads out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "backup/bundle.h"
#include "backup/vault.h"
#include "core/memory.h"

static const char phrase[] = "câu của thôn Đông";

enum { CHUNK = 64 << 10 };

static int vault_of(size_t size)
{
    struct error err = { 0 };
    int fd = memfd_create("vault", MFD_CLOEXEC);
    struct vault_writer *vault = vault_create(fd, phrase, &err);
    uint8_t *plain = xmalloc(size + 1);

    for (size_t i = 0; i < size; i++)
        plain[i] = (uint8_t)(i * 7 + i / 251);
    assert_non_null(vault);
    for (size_t at = 0, step = 1; at < size; at += step, step = step * 3 + 1)
        assert_true(vault_write(vault, plain + at, step < size - at ? step : size - at, &err));
    assert_true(vault_end(vault, &err));
    vault_writer_free(vault);
    free(plain);
    return fd;
}

/* How many bytes came, all of them right; -1: refused. */
static ssize_t read_back(int fd, struct error *err)
{
    struct vault_reader *vault;
    uint8_t piece[1000];
    ssize_t sum = 0, n = -1;

    lseek(fd, 0, SEEK_SET);
    vault = vault_open(fd, phrase, err);
    while (vault && (n = vault_read(vault, piece, sizeof piece, err)) > 0)
        for (ssize_t i = 0; i < n; i++, sum++)
            assert_int_equal(piece[i], (uint8_t)(sum * 7 + sum / 251));
    vault_reader_free(vault);
    return n < 0 ? -1 : sum;
}

static void what_was_put_in_comes_out(void **state)
{
    static const size_t sizes[] = { 0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK };
    struct error err = { 0 };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int fd = vault_of(sizes[i]);
        assert_int_equal(read_back(fd, &err), sizes[i]);
        close(fd);
    }
}

static void a_vault_that_is_cut_anywhere_is_refused(void **state)
{
    struct error err = { 0 };
    int fd = vault_of(2 * CHUNK);
    off_t whole = lseek(fd, 0, SEEK_END);
    const off_t cuts[] = { whole - 1, whole - 16, whole - 17, whole - CHUNK - 16,
                           VAULT_HEAD_BYTES + 1, VAULT_HEAD_BYTES, 20, 0 };

    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        assert_int_equal(ftruncate(fd, cuts[i]), 0);
        assert_int_equal(read_back(fd, &err), -1);
        assert_int_equal(err.kind, ERR_MEDIA);
    }
    close(fd);
}

static void a_flipped_bit_is_refused_and_is_not_taken_for_a_wrong_passphrase(void **state)
{
    struct error err = { 0 };
    int fd = vault_of(CHUNK + 100);
    const off_t places[] = { 0, 8, 12, 44, 60, 64, 64 + CHUNK, 64 + CHUNK + 16, 64 + CHUNK + 116 };

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        uint8_t byte;
        assert_int_equal(pread(fd, &byte, 1, places[i]), 1);
        byte ^= 4;
        assert_int_equal(pwrite(fd, &byte, 1, places[i]), 1);
        assert_int_equal(read_back(fd, &err), -1);
        assert_int_equal(err.kind, ERR_MEDIA);
        byte ^= 4;
        assert_int_equal(pwrite(fd, &byte, 1, places[i]), 1);
    }
    assert_int_equal(read_back(fd, &err), CHUNK + 100);
    close(fd);
}

static void chunks_that_change_places_are_refused(void **state)
{
    enum { SEALED = CHUNK + 16 };
    struct error err = { 0 };
    int fd = vault_of(3 * CHUNK);
    uint8_t *one = xmalloc(SEALED), *two = xmalloc(SEALED);

    assert_int_equal(pread(fd, one, SEALED, VAULT_HEAD_BYTES), SEALED);
    assert_int_equal(pread(fd, two, SEALED, VAULT_HEAD_BYTES + SEALED), SEALED);
    assert_int_equal(pwrite(fd, two, SEALED, VAULT_HEAD_BYTES), SEALED);
    assert_int_equal(pwrite(fd, one, SEALED, VAULT_HEAD_BYTES + SEALED), SEALED);
    assert_int_equal(read_back(fd, &err), -1);
    free(one);
    free(two);
    close(fd);
}

static void another_passphrase_is_said_plainly(void **state)
{
    struct error err = { 0 };
    int fd = vault_of(10);

    lseek(fd, 0, SEEK_SET);
    assert_null(vault_open(fd, "câu của thôn Đoài", &err));
    assert_int_equal(err.kind, ERR_LOGIN);
    close(fd);
}

static void a_name_never_leads_out(void **state)
{
    static const char *const safe[] = { "a", "config/conf.d/a.yaml", "state/..b", "a b", "Đông" };
    static const char *const bad[] = { "", "/a", "..", "a/../b", "a//b", "a/", "./a", "a\nb", "a/.." };

    for (size_t i = 0; i < sizeof safe / sizeof *safe; i++)
        assert_true(bundle_name_is_safe(safe[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(bundle_name_is_safe(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_in_comes_out),
        cmocka_unit_test(a_vault_that_is_cut_anywhere_is_refused),
        cmocka_unit_test(a_flipped_bit_is_refused_and_is_not_taken_for_a_wrong_passphrase),
        cmocka_unit_test(chunks_that_change_places_are_refused),
        cmocka_unit_test(another_passphrase_is_said_plainly),
        cmocka_unit_test(a_name_never_leads_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
