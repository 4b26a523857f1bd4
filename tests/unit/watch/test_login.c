#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "login.h"

static bool says(const struct camera_login *login, const char *part)
{
    return strstr(login->authorization, part) != NULL;
}

/* RFC 7616, 3.9.1. */
static struct camera_challenge rfc7616(const char *algorithm)
{
    struct camera_challenge c = { .digest = true,
                                  .realm = "http-auth@example.org",
                                  .nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
                                  .opaque =
                                      "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
                                  .qop = "auth, auth-int",
                                  .method = "GET",
                                  .uri = "/dir/index.html" };

    strcpy(c.algorithm, algorithm);
    return c;
}

static struct login_nonce uses_of(const struct camera_challenge *c, const char *cnonce)
{
    struct login_nonce uses = { .count = 0 };

    strcpy(uses.nonce, c->nonce);
    strcpy(uses.cnonce, cnonce);
    return uses;
}

static void the_examples_of_rfc_7616_are_answered(void **state)
{
    static const char cnonce[] = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    static const char *const rows[][2] = {
        { "MD5", "response=\"8ca523f5e9506fed4657c9700eebdbec\"" },
        { "SHA-256",
          "response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\"" },
    };

    for (size_t i = 0; i < 2; i++) {
        struct camera_challenge c = rfc7616(rows[i][0]);
        struct login_nonce uses = uses_of(&c, cnonce);
        struct camera_login login;
        assert_true(login_answer(&c, "Mufasa", "Circle of Life", &uses, &login, NULL));
        assert_memory_equal(login.authorization, "Digest username=\"Mufasa\", ", 26);
        assert_true(says(&login, rows[i][1]));
        assert_true(says(&login, "qop=auth, nc=00000001"));
        assert_true(
            says(&login, "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""));
        assert_true(says(&login, rows[i][0]));
    }
}

/* RFC 2617, 3.5. */
static struct camera_challenge rfc2617(const char *qop, const char *algorithm)
{
    struct camera_challenge c = { .digest = true,
                                  .realm = "testrealm@host.com",
                                  .nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093",
                                  .method = "GET",
                                  .uri = "/dir/index.html" };

    strcpy(c.qop, qop);
    strcpy(c.algorithm, algorithm);
    return c;
}

static void the_example_of_rfc_2617_is_answered(void **state)
{
    struct camera_challenge c = rfc2617("auth,auth-int", "");
    struct login_nonce uses = uses_of(&c, "0a4f113b");
    struct camera_login login;

    assert_true(login_answer(&c, "Mufasa", "Circle Of Life", &uses, &login, NULL));
    assert_true(says(&login, "response=\"6629fae49393a05397450978507c4ef1\""));
    assert_false(says(&login, "algorithm"));
}

/* Sums made with md5sum. */
static void a_challenge_without_qop_is_answered_as_in_rfc_2069(void **state)
{
    struct camera_challenge c = rfc2617("", "MD5");
    struct login_nonce uses = { .count = 0 };
    struct camera_login login;

    assert_true(login_answer(&c, "Mufasa", "Circle Of Life", &uses, &login, NULL));
    assert_true(says(&login, "response=\"670fd8c2df070c60b045671b8b24ff02\""));
    assert_false(says(&login, "nc="));
    assert_false(says(&login, "cnonce"));
}

static void a_session_algorithm_mixes_the_nonces_in(void **state)
{
    struct camera_challenge c = rfc2617("auth", "MD5-sess");
    struct login_nonce uses = uses_of(&c, "0a4f113b");
    struct camera_login login;

    assert_true(login_answer(&c, "Mufasa", "Circle Of Life", &uses, &login, NULL));
    assert_true(says(&login, "response=\"8e3825c57e897f5a0dec6c2d4e5059d0\""));
}

static void a_nonce_used_again_is_counted(void **state)
{
    struct camera_challenge c = rfc2617("auth", "");
    struct login_nonce uses = { .count = 0 };
    struct camera_login login;
    char first[65];

    assert_true(login_answer(&c, "a", "b", &uses, &login, NULL));
    assert_true(says(&login, "nc=00000001"));
    strcpy(first, uses.cnonce);
    assert_true(login_answer(&c, "a", "b", &uses, &login, NULL));
    assert_true(says(&login, "nc=00000002"));
    assert_string_equal(first, uses.cnonce);
    strcpy(c.nonce, "another");
    assert_true(login_answer(&c, "a", "b", &uses, &login, NULL));
    assert_true(says(&login, "nc=00000001"));
    assert_string_not_equal(first, uses.cnonce);
}

static void a_password_may_have_any_character(void **state)
{
    struct camera_challenge c = { .realm = "camera",
                                  .method = "DESCRIBE",
                                  .uri = "rtsp://h/" };
    struct login_nonce uses = { .count = 0 };
    struct camera_login login;

    assert_true(login_answer(&c, "đội", "mật:khẩu \"x\"\\@/?", &uses, &login, NULL));
    assert_string_equal(login.authorization,
                        "Basic xJHhu5lpOm3huq10Omto4bqpdSAieCJcQC8/");
}

static void quotes_in_names_are_escaped(void **state)
{
    struct camera_challenge c = rfc2617("", "");
    struct login_nonce uses = { .count = 0 };
    struct camera_login login;

    strcpy(c.realm, "the \"gate\" \\1");
    assert_true(login_answer(&c, "o\"neil", "x", &uses, &login, NULL));
    assert_true(says(&login, "username=\"o\\\"neil\""));
    assert_true(says(&login, "realm=\"the \\\"gate\\\" \\\\1\""));
}

static void what_is_not_known_is_refused_by_name(void **state)
{
    struct camera_challenge algorithm = rfc2617("auth", "SHA-512-256"),
                            qop = rfc2617("auth-int", "");
    struct login_nonce uses = { .count = 0 };
    struct camera_login login;
    struct error err;

    assert_false(login_answer(&algorithm, "a", "b", &uses, &login, &err));
    assert_non_null(strstr(err.text, "SHA-512-256"));
    assert_int_equal(err.kind, ERR_LOGIN);
    assert_false(login_answer(&qop, "a", "b", &uses, &login, &err));
    assert_non_null(strstr(err.text, "auth-int"));
    assert_string_equal(login.authorization, "");
}

static void what_does_not_fit_is_refused(void **state)
{
    struct camera_challenge c = { .realm = "camera" };
    struct login_nonce uses = { .count = 0 };
    struct camera_login login;
    static char password[LINK_AUTHORIZATION];
    struct error err;

    memset(password, 'x', sizeof password - 1);
    assert_false(login_answer(&c, "a", password, &uses, &login, &err));
    assert_string_equal(login.authorization, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_rfc_7616_are_answered),
        cmocka_unit_test(the_example_of_rfc_2617_is_answered),
        cmocka_unit_test(a_challenge_without_qop_is_answered_as_in_rfc_2069),
        cmocka_unit_test(a_session_algorithm_mixes_the_nonces_in),
        cmocka_unit_test(a_nonce_used_again_is_counted),
        cmocka_unit_test(a_password_may_have_any_character),
        cmocka_unit_test(quotes_in_names_are_escaped),
        cmocka_unit_test(what_is_not_known_is_refused_by_name),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
