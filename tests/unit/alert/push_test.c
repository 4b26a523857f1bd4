/* Web Push: RFC 8291's own example, our key, and which addresses a phone may name. */
#include <arpa/inet.h>
#include <ftw.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "channel.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/signed_link.h"
#include "courier.h"
#include "push_crypt.h"

static size_t unbase64url(const char *from, uint8_t *to)
{
    uint32_t bits = 0;
    int have = 0;
    size_t size = 0;

    for (; *from; from++) {
        const char *letters =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        bits = bits << 6 | (uint32_t)(strchr(letters, *from) - letters);
        have += 6;
        if (have >= 8) {
            have -= 8;
            to[size++] = (uint8_t)(bits >> have);
        }
    }
    return size;
}

/* RFC 8291, section 5 and appendix A. */
static void the_example_of_the_rfc_comes_out_to_the_byte(void **state)
{
    uint8_t phone[PUSH_KEY], auth[PUSH_AUTH], salt[PUSH_SALT], secret[32], own[PUSH_KEY];
    static const char plain[] = "When I grow up, I want to be a watermelon";
    struct bytes out = { 0 }, text = { 0 };
    struct error err = { .kind = ERR_NONE };

    unbase64url("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6S"
                "RpkNtoIAiw4", phone);
    unbase64url("BTBZMqHH6r4Tts7J_aSIgg", auth);
    unbase64url("DGv6ra1nlYgDCS1FRnbzlw", salt);
    unbase64url("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", secret);
    unbase64url("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK"
                "6PBru3jl7A8", own);
    EVP_PKEY *key = push_key_of(secret, own);
    assert_non_null(key);
    assert_true(push_encrypt(phone, auth, salt, key, plain, strlen(plain), &out, &err));
    base64url(out.at, out.size, &text);
    char *got = bytes_take(&text);
    assert_string_equal(got,
                        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
                        "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
                        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN");
    free(got);
    bytes_free(&out);
    EVP_PKEY_free(key);
}

static void a_key_that_is_no_point_is_refused(void **state)
{
    uint8_t phone[PUSH_KEY] = { 4, 1 }, auth[PUSH_AUTH] = { 0 }, salt[PUSH_SALT] = { 0 };
    struct bytes out = { 0 };
    struct error err = { .kind = ERR_NONE };
    EVP_PKEY *key = push_new_key();

    assert_false(push_encrypt(phone, auth, salt, key, "x", 1, &out, &err));
    assert_int_equal(err.kind, ERR_MEDIA);
    phone[0] = 2;
    assert_false(push_encrypt(phone, auth, salt, key, "x", 1, &out, &err));
    assert_int_equal(out.size, 0);
    EVP_PKEY_free(key);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    return remove(path);
}

static void our_key_is_made_once_and_kept_for_us_alone(void **state)
{
    char dir[] = "/tmp/keng-vapid-XXXXXX";
    struct error err = { .kind = ERR_NONE };
    struct stat facts;

    assert_non_null(mkdtemp(dir));
    struct vapid *first = vapid_open(dir, &err), *second = vapid_open(dir, &err);
    assert_non_null(first);
    assert_non_null(second);
    assert_string_equal(vapid_public(first), vapid_public(second));
    assert_int_equal(strlen(vapid_public(first)), 87);
    char *path = xformat("%s/vapid.pem", dir);
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    char *said = vapid_authorization(first, "https://push.example:8443/abc?d=e",
                                     "mailto:a@b.vn", 1900000000);
    assert_non_null(strstr(said, "vapid t="));
    assert_non_null(strstr(said, vapid_public(first)));
    free(said);
    vapid_free(first);
    vapid_free(second);
    FILE *file = fopen(path, "w");
    fputs("nothing\n", file);
    fclose(file);
    assert_null(vapid_open(dir, &err));
    assert_int_equal(err.kind, ERR_DISK);
    free(path);
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static bool is_public(const char *address)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
        return courier_is_public((struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
    return courier_is_public((struct sockaddr *)&v6);
}

static void a_phone_can_name_no_address_of_the_house(void **state)
{
    static const char *const house[] = {
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.20",
        "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
        "198.18.0.1", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:192.168.1.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1",
        "2001::1",
    };
    static const char *const outside[] = { "8.8.8.8", "172.32.0.1", "100.128.0.1",
                                           "2606:4700::1111", "2400:cb00::1" };

    for (size_t i = 0; i < COUNT_OF(house); i++)
        if (is_public(house[i]))
            fail_msg("%s is taken for a public address", house[i]);
    for (size_t i = 0; i < COUNT_OF(outside); i++)
        if (!is_public(outside[i]))
            fail_msg("%s is taken for one of the house", outside[i]);
}

static int64_t midnight(void)
{
    return SECONDS_US(1795273200);
}

static bool yes(void)
{
    return true;
}

static bool no(void)
{
    return false;
}

static const char *meaning(int status)
{
    static const char *const words[] = { "taken", "again", "refused", "gone", "stale" };
    struct courier_answer answer = { .code = CURLE_OK, .why = "", .status = status };

    return words[receipt_of_push(&answer, "push.example").result];
}

static void every_answer_of_a_push_service_has_its_meaning(void **state)
{
    static const struct clock_source trusted = { midnight, midnight, yes },
                                     unset = { midnight, midnight, no };
    static const struct { int from, to; const char *meaning; } all[] = {
        { 200, 299, "taken" },   { 300, 400, "refused" }, { 401, 401, "stale" },
        { 402, 402, "refused" }, { 403, 403, "stale" },   { 404, 404, "gone" },
        { 405, 407, "refused" }, { 408, 408, "again" },   { 409, 409, "refused" },
        { 410, 410, "gone" },    { 411, 428, "refused" }, { 429, 429, "again" },
        { 430, 499, "refused" }, { 500, 599, "again" },
    };

    clock_use(&trusted);
    for (size_t i = 0; i < COUNT_OF(all); i++)
        for (int status = all[i].from; status <= all[i].to; status++)
            if (strcmp(meaning(status), all[i].meaning) != 0)
                fail_msg("%d is %s", status, meaning(status));
    assert_string_equal(meaning(0), "again"); /* nothing came */
    clock_use(&unset);
    assert_string_equal(meaning(403), "again"); /* perhaps it is only the time */
    clock_use(NULL);
}

static bool opens(const char *event, const char *path, int64_t now_us)
{
    char got[32], expires[32], signature[64];

    assert_int_equal(sscanf(path, "/p/%31[^-]-%31[^-]-%63s", got, expires, signature), 3);
    assert_string_equal(got, "EVENT");
    return signed_link_fits(event, expires, signature, now_us);
}

static void a_signed_picture_dies_after_an_hour(void **state)
{
    char *path = signed_link("EVENT", midnight());

    assert_true(opens("EVENT", path, midnight()));
    assert_true(opens("EVENT", path, midnight() + SECONDS_US(3599)));
    assert_false(opens("EVENT", path, midnight() + SECONDS_US(3601)));
    assert_false(opens("OTHER", path, midnight()));
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_rfc_comes_out_to_the_byte),
        cmocka_unit_test(a_key_that_is_no_point_is_refused),
        cmocka_unit_test(our_key_is_made_once_and_kept_for_us_alone),
        cmocka_unit_test(every_answer_of_a_push_service_has_its_meaning),
        cmocka_unit_test(a_signed_picture_dies_after_an_hour),
        cmocka_unit_test(a_phone_can_name_no_address_of_the_house),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
