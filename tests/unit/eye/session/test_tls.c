#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "check.h"
#include "core/text.h"
#include "session.h"
#include "session/tls.h"

enum { DAY = 24 * 3600 };

/* A camera's certificate, and who has signed it. */
struct issue {
    const char *names; /* subjectAltName */
    long from_s, until_s;
    bool self_signed;
};

static EVP_PKEY *authority_key, *camera_key;
static X509 *authority;
static char authority_file[] = "/tmp/kengd-test-ca-XXXXXX";

static void add_extension(X509 *to, X509 *by, int what, const char *value)
{
    X509V3_CTX context;

    X509V3_set_ctx(&context, by, to, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, what, value);
    assert_non_null(extension);
    X509_add_ext(to, extension, -1);
    X509_EXTENSION_free(extension);
}

static X509 *make_certificate(const char *name, EVP_PKEY *key, const struct issue *issue)
{
    static long serial;
    X509 *made = X509_new();

    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made), issue->from_s);
    X509_gmtime_adj(X509_getm_notAfter(made), issue->until_s);
    X509_set_pubkey(made, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(made, issue->self_signed ? X509_get_subject_name(made)
                                                  : X509_get_subject_name(authority));
    if (issue->names)
        add_extension(made, made, NID_subject_alt_name, issue->names);
    else
        add_extension(made, made, NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(made, issue->self_signed ? key : authority_key, EVP_sha256());
    return made;
}

static int begin_authority(void **state)
{
    const struct issue issue = { NULL, -DAY, DAY, true };
    FILE *out = fdopen(mkstemp(authority_file), "w");

    authority_key = EVP_EC_gen("P-256");
    camera_key = EVP_EC_gen("P-256");
    authority = make_certificate("the hamlet's", authority_key, &issue);
    PEM_write_X509(out, authority);
    fclose(out);
    return 0;
}

static int end_authority(void **state)
{
    unlink(authority_file);
    X509_free(authority);
    EVP_PKEY_free(authority_key);
    EVP_PKEY_free(camera_key);
    return 0;
}

/* ---- a camera that speaks TLS ------------------------------------------------------ */

struct camera {
    SSL_CTX *context;
    SSL *ssl;
    BIO *in, *out;
    X509 *shown;
    char heard[256];
    int heard_size;
};

static void camera_begin(struct camera *c, const struct issue *issue)
{
    *c = (struct camera){ .context = SSL_CTX_new(TLS_server_method()) };
    c->shown = make_certificate("camera", camera_key, issue);
    SSL_CTX_use_certificate(c->context, c->shown);
    SSL_CTX_use_PrivateKey(c->context, camera_key);
    c->ssl = SSL_new(c->context);
    c->in = BIO_new(BIO_s_mem());
    c->out = BIO_new(BIO_s_mem());
    SSL_set_bio(c->ssl, c->in, c->out);
    SSL_set_accept_state(c->ssl);
}

static void camera_end(struct camera *c)
{
    SSL_free(c->ssl);
    SSL_CTX_free(c->context);
    X509_free(c->shown);
}

/* Carries bytes between the two, `piece` at a time, until nothing moves. */
static void talk(struct camera *c, struct tls *tls, int piece)
{
    uint8_t bytes[4096];
    bool moved = true;

    while (moved) {
        size_t size = tls_take(tls, bytes, (size_t)piece);
        BIO_write(c->in, bytes, (int)size);
        if (SSL_is_init_finished(c->ssl) || SSL_do_handshake(c->ssl) == 1) {
            int got = SSL_read(c->ssl, c->heard + c->heard_size,
                               (int)sizeof c->heard - 1 - c->heard_size);
            c->heard_size += got > 0 ? got : 0;
        }
        int back = BIO_read(c->out, bytes, piece);
        if (back > 0)
            tls_put(tls, bytes, (size_t)back);
        moved = size > 0 || back > 0;
    }
}

/* How a conversation begins with a camera that shows this; the code, or "" if well. */
static const char *code_of(const struct issue *issue, const char *host,
                           const struct tls_trust *trust, char detail[128])
{
    struct camera c;
    struct tls *tls = tls_new(trust, host);
    uint8_t byte;

    camera_begin(&c, issue);
    tls_write(tls, "OPTIONS", 7);
    talk(&c, tls, 4096);
    bool over = tls_read(tls, &byte, 1) < 0;
    const char *code = tls_code(tls);
    strcpy(detail, tls_detail(tls));
    /* Nothing was said to one that is not meant. */
    assert_string_equal(c.heard, over ? "" : "OPTIONS");
    camera_end(&c);
    tls_free(tls);
    return over ? code ? code : "closed" : "";
}

static const struct issue good = { "IP:10.0.0.2, DNS:cam.hamlet.vn", -DAY, DAY, false };

static void each_certificate_has_its_verdict(void **state)
{
    static const struct {
        struct issue issue;
        const char *host, *code;
    } rows[] = {
        { { "IP:10.0.0.2", -DAY, DAY, false }, "10.0.0.2", "" },
        { { "DNS:cam.hamlet.vn", -DAY, DAY, false }, "cam.hamlet.vn", "" },
        { { "DNS:*.hamlet.vn", -DAY, DAY, false }, "cam.hamlet.vn", "" },
        { { "IP:10.0.0.3", -DAY, DAY, false }, "10.0.0.2", TROUBLE_TLS_NAME },
        { { "DNS:other.vn", -DAY, DAY, false }, "cam.hamlet.vn", TROUBLE_TLS_NAME },
        { { "DNS:10.0.0.2", -DAY, DAY, false }, "10.0.0.2", TROUBLE_TLS_NAME },
        { { "IP:10.0.0.2", -2 * DAY, -DAY, false }, "10.0.0.2", TROUBLE_TLS_EXPIRED },
        { { "IP:10.0.0.2", DAY, 2 * DAY, false }, "10.0.0.2", TROUBLE_TLS_EARLY },
        { { "IP:10.0.0.2", -DAY, DAY, true }, "10.0.0.2", TROUBLE_TLS_ISSUER },
    };
    struct tls_trust *trust = tls_trust_new(NULL, authority_file, NULL);
    char detail[128];

    assert_non_null(trust);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_string_equal(code_of(&rows[i].issue, rows[i].host, trust, detail),
                            rows[i].code);
        assert_int_equal(strlen(detail), 95); /* what can be pinned */
    }
    tls_trust_free(trust);
}

static void a_pinned_certificate_needs_no_signature_and_no_date(void **state)
{
    const struct issue old = { "DNS:ipcam", -3 * DAY, -2 * DAY, true };
    struct tls_trust *none =
        tls_trust_new("00000000000000000000000000000000"
                      "00000000000000000000000000000000",
                      NULL, NULL);
    char detail[128], hex[65] = "";
    struct camera c;

    assert_string_equal(code_of(&old, "10.0.0.2", none, detail), TROUBLE_TLS_FINGERPRINT);
    tls_trust_free(none);

    camera_begin(&c, &old);
    unsigned char digest[32];
    X509_digest(c.shown, EVP_sha256(), digest, NULL);
    for (int i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02X", digest[i]);
    struct tls_trust *pinned = tls_trust_new(hex, NULL, NULL);
    struct tls *tls = tls_new(pinned, "10.0.0.2");
    tls_write(tls, "OPTIONS", 7);
    talk(&c, tls, 4096);
    assert_string_equal(c.heard, "OPTIONS");
    camera_end(&c);
    tls_free(tls);
    tls_trust_free(pinned);
}

static void bytes_may_come_one_by_one(void **state)
{
    struct tls_trust *trust = tls_trust_new(NULL, authority_file, NULL);
    struct tls *tls = tls_new(trust, "10.0.0.2");
    struct camera c;
    char got[64] = "";

    camera_begin(&c, &good);
    tls_write(tls, "DESCRIBE", 8);
    talk(&c, tls, 1);
    assert_string_equal(c.heard, "DESCRIBE");
    SSL_write(c.ssl, "RTSP/1.0 200 OK", 15);
    SSL_shutdown(c.ssl);
    talk(&c, tls, 1);
    assert_int_equal(tls_read(tls, got, 4), 4);
    assert_int_equal(tls_read(tls, got + 4, 60), 11);
    assert_string_equal(got, "RTSP/1.0 200 OK");
    assert_int_equal(tls_read(tls, got, 60), -1);
    assert_null(tls_code(tls)); /* it has closed */
    camera_end(&c);
    tls_free(tls);
    tls_trust_free(trust);
}

static void what_is_no_tls_is_told_as_such(void **state)
{
    struct tls_trust *trust = tls_trust_new(NULL, authority_file, NULL);
    struct tls *tls = tls_new(trust, "10.0.0.2");
    char byte;

    tls_put(tls, "RTSP/1.0 400 Bad Request\r\n\r\n", 28);
    assert_int_equal(tls_read(tls, &byte, 1), -1);
    assert_string_equal(tls_code(tls), TROUBLE_TLS);
    assert_true(tls_detail(tls)[0]);
    tls_write(tls, "x", 1);
    tls_put(tls, "x", 1);
    assert_int_equal(tls_read(tls, &byte, 1), -1);
    tls_free(tls);
    tls_trust_free(trust);
}

static void a_list_that_is_none_is_an_error(void **state)
{
    struct error err;

    assert_null(tls_trust_new(NULL, "/dev/null", &err));
    assert_non_null(strstr(err.text, "/dev/null"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_certificate_has_its_verdict),
        cmocka_unit_test(a_pinned_certificate_needs_no_signature_and_no_date),
        cmocka_unit_test(bytes_may_come_one_by_one),
        cmocka_unit_test(what_is_no_tls_is_told_as_such),
        cmocka_unit_test(a_list_that_is_none_is_an_error),
    };
    return cmocka_run_group_tests(tests, begin_authority, end_authority);
}
