#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/memory.h"
#include "onvif.h"
#include "onvif_login.h"

/* Worked out with openssl dgst -sha1 and base64. */
static void a_token_is_the_digest_of_nonce_time_and_password(void **state)
{
    static const uint8_t nonce[16] = "0123456789abcdef";
    struct onvif_ask ask = { .call = ONVIF_PULL };

    assert_true(onvif_sign_with(&ask, "xem", "secret", INT64_C(1795278009000000), nonce,
                                sizeof nonce));
    assert_string_equal(ask.user, "xem");
    assert_string_equal(ask.created, "2026-11-21T16:20:09Z");
    assert_string_equal(ask.nonce, "MDEyMzQ1Njc4OWFiY2RlZg==");
    assert_string_equal(ask.digest, "t7+yzTFyOoObx4S/HV+JPAsDduI=");
}

static void two_tokens_have_two_nonces(void **state)
{
    struct onvif_ask a = { 0 }, b = { 0 };

    assert_true(onvif_sign(&a, "xem", "secret", 0) && onvif_sign(&b, "xem", "secret", 0));
    assert_string_not_equal(a.nonce, b.nonce);
    char longest[ONVIF_TOKEN + 1] = "";
    memset(longest, 'u', sizeof longest - 1);
    assert_false(onvif_sign(&a, longest, "secret", 0));
}

static void of_an_address_that_a_device_tells_only_the_path_counts(void **state)
{
    static const struct {
        const char *address, *path; /* path NULL: not usable */
    } rows[] = {
        { "http://192.168.1.20/onvif/device_service", "/onvif/device_service" },
        { "HTTP://evil.example:8080/onvif/Events?id=1&x=2", "/onvif/Events?id=1&x=2" },
        { "https://[fe80::1]:443/a", "/a" },
        { "http://10.0.0.1/a http://[::1]/b", "/a" },
        { "http://10.0.0.1", NULL },
        { "http://10.0.0.1 /a", NULL },
        { "file:///etc/passwd", NULL },
        { "", NULL },
    };
    char path[ONVIF_PATH];

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(onvif_path_of(rows[i].address, path), rows[i].path != NULL);
        if (rows[i].path)
            assert_string_equal(path, rows[i].path);
    }
    char *endless = xformat("http://a/%0400d", 0);
    assert_false(onvif_path_of(endless, path));
    free(endless);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_the_digest_of_nonce_time_and_password),
        cmocka_unit_test(two_tokens_have_two_nonces),
        cmocka_unit_test(of_an_address_that_a_device_tells_only_the_path_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
