/* A package: what is in it, who vouches for it, and that no byte can be changed unseen. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/memory.h"
#include "evidence/seal.h"
#include "evidence/verify.h"
#include "package.h"

struct place {
    char dir[64];
    int dir_fd;
    struct seal *seal;
};

static int setup(void **state)
{
    struct place *p = xcalloc(1, sizeof *p);
    struct error err = { 0 };

    strcpy(p->dir, "/tmp/keng-package-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    p->dir_fd = open(p->dir, O_RDONLY | O_DIRECTORY);
    p->seal = seal_open(p->dir, &err);
    if (!p->seal)
        fail_msg("%s", err.text);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    struct place *p = *state;
    char *command = xformat("rm -rf %s", p->dir);

    assert_int_equal(system(command), 0);
    free(command);
    close(p->dir_fd);
    seal_close(p->seal);
    free(p);
    return 0;
}

static char *path_of(const struct place *p, const char *name)
{
    return xformat("%s/%s", p->dir, name);
}

#define well(call)                                    \
    do {                                              \
        struct error well_err = { .kind = ERR_NONE }; \
        struct error *e = &well_err;                  \
        if (!(call))                                  \
            fail_msg("%s", well_err.text);            \
    } while (0)

/* A film, a list, and the seal. */
static void write_package(struct place *p, const char *name, bool large)
{
    struct bytes sums = { 0 };
    uint8_t signature[SIGNATURE_BYTES];
    char sha256[SHA256_TEXT_MAX];
    int64_t size;
    struct package *package;

    well((package = package_create(p->dir_fd, name, 1795245600, e)));
    well(package_begin(package, "gate.mp4", large, e));
    for (int i = 0; i < 50; i++)
        well(package_write(package, "a fragment ", 11, e));
    well(package_end(package, e));
    well(package_add(package, "manifest.json", "{}", 2, e));
    well(package_add(package, "public-key.pem", seal_public_key(p->seal),
                     strlen(seal_public_key(p->seal)), e));
    package_sums(package, &sums);
    well(seal_sign(p->seal, sums.at, sums.size, signature, e));
    well(package_add(package, "SHA256SUMS", sums.at, sums.size, e));
    well(package_add(package, "SHA256SUMS.sig", signature, sizeof signature, e));
    well(package_finish(package, &size, sha256, e));
    package_close(package);
    bytes_free(&sums);
}

static void ignore(void *arg, const char *name, enum file_fault fault)
{
    int *faults = arg;

    faults[fault]++;
}

static bool is_fine(const char *path, const char *key, struct proof *proof)
{
    int faults[FILE_UNSIGNED + 1] = { 0 };
    struct error err = { 0 };

    return verify_path(path, key, ignore, faults, proof, &err);
}

static void a_package_is_as_it_was_signed(void **state)
{
    struct place *p = *state;
    char *path = path_of(p, "a.zip");
    struct proof proof;

    write_package(p, "a.zip", false);
    assert_true(is_fine(path, NULL, &proof));
    assert_int_equal(proof.files, 3);
    assert_string_equal(proof.fingerprint, seal_fingerprint(p->seal));
    assert_true(is_fine(path, seal_fingerprint(p->seal), &proof));
    assert_false(is_fine(path, "00", &proof));
    assert_false(proof.key_known);
    free(path);
}

static void every_flipped_byte_is_seen(void **state)
{
    struct place *p = *state;
    char *path = path_of(p, "a.zip");
    struct proof proof;
    uint8_t byte, other;

    for (int large = 0; large < 2; large++) {
        write_package(p, "a.zip", large);
        int fd = open(path, O_RDWR);
        struct stat st;
        fstat(fd, &st);
        for (off_t at = 0; at < st.st_size; at++) {
            assert_int_equal(pread(fd, &byte, 1, at), 1);
            other = byte ^ 0x10;
            assert_int_equal(pwrite(fd, &other, 1, at), 1);
            if (is_fine(path, NULL, &proof))
                fail_msg("byte %lld may be changed", (long long)at);
            assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        }
        assert_true(is_fine(path, NULL, &proof));
        assert_int_equal(ftruncate(fd, st.st_size - 1), 0);
        assert_false(is_fine(path, NULL, &proof));
        close(fd);
    }
    free(path);
}

static void other_programs_unpack_it(void **state)
{
    struct place *p = *state;
    char *script = xformat(
        "cd %s && python3 -m zipfile -e a.zip out && cd out && sha256sum --quiet -c SHA256SUMS "
        "&& openssl pkeyutl -verify -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig -pubin "
        "-inkey public-key.pem >/dev/null",
        p->dir);
    char *folder = path_of(p, "out");
    struct proof proof;

    for (int large = 0; large < 2; large++) {
        write_package(p, "a.zip", large);
        assert_int_equal(system(script), 0);
        assert_true(is_fine(folder, NULL, &proof));
    }
    free(script);
    free(folder);
}

static void a_folder_that_lost_or_changed_a_file_is_told(void **state)
{
    struct place *p = *state;
    char *script = xformat("cd %s && python3 -m zipfile -e a.zip out && echo x > out/note.txt "
                           "&& rm out/manifest.json && printf y >> out/gate.mp4",
                           p->dir);
    char *folder = path_of(p, "out");
    int faults[FILE_UNSIGNED + 1] = { 0 };
    struct error err = { 0 };
    struct proof proof;

    write_package(p, "a.zip", false);
    assert_int_equal(system(script), 0);
    assert_false(verify_path(folder, NULL, ignore, faults, &proof, &err));
    assert_int_equal(err.kind, ERR_NONE);
    assert_true(proof.signed_well);
    assert_int_equal(faults[FILE_CHANGED], 1);
    assert_int_equal(faults[FILE_MISSING], 1);
    assert_int_equal(faults[FILE_FINE], 1);
    assert_int_equal(faults[FILE_UNSIGNED], 1);
    assert_int_equal(proof.faults, 2); /* somebody's note beside it is none */
    free(script);
    free(folder);
}

static void what_is_not_finished_leaves_nothing(void **state)
{
    struct place *p = *state;
    char *whole = path_of(p, "b.zip"), *part = path_of(p, "b.zip.part");
    struct package *package;
    struct stat st;

    well((package = package_create(p->dir_fd, "b.zip", 0, e)));
    well(package_begin(package, "gate.mp4", false, e));
    well(package_write(package, "x", 1, e));
    assert_int_equal(stat(part, &st), 0);
    assert_int_not_equal(stat(whole, &st), 0);
    package_close(package);
    assert_int_not_equal(stat(part, &st), 0);
    assert_int_not_equal(stat(whole, &st), 0);
    free(whole);
    free(part);
}

static void names_that_lead_elsewhere_are_refused(void **state)
{
    static const char *const bad[] = { "", ".", "..", "a/b", "../a", "-rf", "a b", "a\\b", "é" };

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(member_name_is_fine(bad[i], strlen(bad[i])));
    assert_true(member_name_is_fine("cong-lang_2026-11-21_14-10-00.mp4", 33));
}

static void the_key_is_made_once_and_only_kengd_may_read_it(void **state)
{
    struct place *p = *state;
    char *path = path_of(p, "export-key.pem");
    struct error err = { 0 };
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    struct seal *again = seal_open(p->dir, &err);
    assert_string_equal(seal_fingerprint(again), seal_fingerprint(p->seal));
    seal_close(again);
    FILE *file = fopen(path, "w");
    fputs("nonsense", file);
    fclose(file);
    assert_null(seal_open(p->dir, &err));
    assert_int_equal(err.kind, ERR_DISK);
    assert_non_null(strstr(err.text, "export-key.pem"));
    free(path);
}

static void another_key_does_not_pass_for_ours(void **state)
{
    struct place *p = *state;
    uint8_t signature[SIGNATURE_BYTES];
    char fingerprint[FINGERPRINT_MAX];
    const char *pem = seal_public_key(p->seal);

    well(seal_sign(p->seal, "abc", 3, signature, e));
    assert_true(seal_check(pem, strlen(pem), "abc", 3, signature, 64, fingerprint));
    assert_false(seal_check(pem, strlen(pem), "abd", 3, signature, 64, fingerprint));
    assert_false(seal_check(pem, strlen(pem), "abc", 3, signature, 63, fingerprint));
    assert_false(seal_check("x", 1, "abc", 3, signature, 64, fingerprint));
    assert_string_equal(fingerprint, "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_package_is_as_it_was_signed),
        TEST(every_flipped_byte_is_seen),
        TEST(other_programs_unpack_it),
        TEST(a_folder_that_lost_or_changed_a_file_is_told),
        TEST(what_is_not_finished_leaves_nothing),
        TEST(names_that_lead_elsewhere_are_refused),
        TEST(the_key_is_made_once_and_only_kengd_may_read_it),
        TEST(another_key_does_not_pass_for_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
