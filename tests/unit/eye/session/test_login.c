#include "check.h"
#include "session/login.h"

/* Reads the WWW-Authenticate lines of a 401. */
static bool read_lines(const char *lines, struct challenge *c)
{
    char text[4096];
    struct rtsp_message m;

    snprintf(text, sizeof text, "RTSP/1.0 401 Unauthorized\r\n%s\r\n", lines);
    assert_int_equal(rtsp_read((const uint8_t *)text, strlen(text), &m), RTSP_WHOLE);
    memset(c, 0, sizeof *c);
    return login_read(&m, c);
}

static void a_digest_challenge_is_read_with_all_its_fields(void **state)
{
    struct challenge c;

    assert_true(read_lines("WWW-Authenticate: Digest realm=\"Login to \\\"gate\\\"\", "
                           "nonce=\"a1b2==\" ,opaque=\"\", qop=\"auth,auth-int\", "
                           "algorithm=MD5, stale=FALSE, domain=\"/\"\r\n",
                           &c));
    assert_true(c.digest);
    assert_string_equal(c.realm, "Login to \"gate\"");
    assert_string_equal(c.nonce, "a1b2==");
    assert_string_equal(c.opaque, "");
    assert_string_equal(c.qop, "auth,auth-int");
    assert_string_equal(c.algorithm, "MD5");
    assert_false(c.stale);
}

static void the_strongest_that_can_be_met_wins(void **state)
{
    static const struct {
        const char *lines, *nonce; /* nonce "": Basic; NULL: none can be met */
    } rows[] = {
        { "WWW-Authenticate: Basic realm=\"x\"\r\n"
          "WWW-Authenticate: Digest realm=\"x\", nonce=\"md5\"\r\n",
          "md5" },
        { "WWW-Authenticate: Digest realm=\"x\", nonce=\"md5\", algorithm=\"MD5\"\r\n"
          "WWW-Authenticate: Digest realm=\"x\", nonce=\"sha\", algorithm=SHA-256\r\n",
          "sha" },
        { "www-authenticate: Digest realm=\"x\", nonce=\"one\", Basic realm=\"x\"\r\n",
          "one" },
        { "WWW-Authenticate: Basic realm=\"x\", Digest realm=\"x\",nonce=\"two\"\r\n",
          "two" },
        { "WWW-Authenticate: Basic realm=\"x\"\r\n", "" },
        { "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\", algorithm=SHA-512-256\r\n"
          "WWW-Authenticate: Basic realm=\"x\"\r\n",
          "" },
        { "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\", qop=\"auth-int\"\r\n",
          NULL },
        { "WWW-Authenticate: Digest realm=\"x\"\r\n", NULL }, /* without a nonce */
        { "WWW-Authenticate: Negotiate\r\n", NULL },
        { "WWW-Authenticate: =\"\r\n", NULL },
        { "CSeq: 1\r\n", NULL },
    };
    struct challenge c;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(read_lines(rows[i].lines, &c), rows[i].nonce != NULL);
        if (!rows[i].nonce)
            continue;
        assert_int_equal(c.digest, rows[i].nonce[0] != 0);
        assert_string_equal(c.nonce, rows[i].nonce);
    }
}

static void stale_says_that_only_the_nonce_was_too_old(void **state)
{
    struct challenge c;

    assert_true(read_lines(
        "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\", stale=true\r\n", &c));
    assert_true(c.stale);
    assert_true(read_lines(
        "WWW-Authenticate: Digest stale=\"TRUE\", realm=\"x\", nonce=\"n\"\r\n", &c));
    assert_true(c.stale);
}

static void half_a_nonce_is_no_nonce(void **state)
{
    char lines[1024], nonce[600];
    struct challenge c;

    memset(nonce, 'n', sizeof nonce);
    for (size_t size = 254; size <= 257; size++) {
        snprintf(lines, sizeof lines,
                 "WWW-Authenticate: Digest realm=\"x\", nonce=\"%.*s\"\r\n", (int)size,
                 nonce);
        assert_int_equal(read_lines(lines, &c), size < sizeof c.nonce);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_digest_challenge_is_read_with_all_its_fields),
        cmocka_unit_test(the_strongest_that_can_be_met_wins),
        cmocka_unit_test(stale_says_that_only_the_nonce_was_too_old),
        cmocka_unit_test(half_a_nonce_is_no_nonce),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
