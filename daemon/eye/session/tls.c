#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../session.h"
#include "core/bytes.h"
#include "core/memory.h"
#include "core/text.h"
#include "tls.h"

enum { DIGEST = 32, FINGERPRINT = 3 * DIGEST }; /* "AB:CD:...", with its 0 */
enum { EARLY_MAX = 64 << 10 };

/* Where distributions keep whom they trust, in one file. */
static const char *const system_files[] = {
    "/etc/ssl/certs/ca-certificates.crt", /* Debian */
    "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora */
    "/etc/ssl/ca-bundle.pem",             /* openSUSE */
    "/etc/ssl/cert.pem",
};

struct tls_trust {
    SSL_CTX *context;
    char pinned[2 * DIGEST + 1]; /* "": the signature counts */
};

struct tls {
    const struct tls_trust *trust;
    SSL *ssl;
    BIO *in, *out; /* the ssl's */
    bool proven, over;
    struct bytes early;
    const char *code;
    char detail[128];
};

/* ---- trust ------------------------------------------------------------------------- */

/* The system's list is where libssl's own variable says, or where distributions have it. */
static bool load_trusted(SSL_CTX *context, const char *file, struct error *err)
{
    if (!file)
        file = getenv(X509_get_default_cert_file_env());
    if (file)
        return SSL_CTX_load_verify_file(context, file) == 1 ||
               error_set(err, ERR_CONFIG, "no certificates can be read from %s", file);
    for (size_t i = 0; i < COUNT_OF(system_files); i++)
        if (SSL_CTX_load_verify_file(context, system_files[i]) == 1)
            return true;
    return error_set(err, ERR_CONFIG,
                     "this system has no list of trusted certificates; install "
                     "ca-certificates");
}

struct tls_trust *tls_trust_new(const char *fingerprint, const char *ca_file,
                                struct error *err)
{
    struct tls_trust *trust = xcalloc(1, sizeof *trust);

    trust->context = SSL_CTX_new(TLS_client_method());
    if (!trust->context)
        abort(); /* no memory */
    /* The camera is looked at before anything is sent, not during the handshake, so that
     * what it shows can be told. */
    SSL_CTX_set_verify(trust->context, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_min_proto_version(trust->context, TLS1_2_VERSION);
    SSL_CTX_set_session_cache_mode(trust->context, SSL_SESS_CACHE_OFF);
    /* Cameras make a record of each RTP packet: several are taken up at once. */
    SSL_CTX_set_read_ahead(trust->context, 1);
    SSL_CTX_set_options(trust->context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    if (fingerprint) {
        snprintf(trust->pinned, sizeof trust->pinned, "%s", fingerprint);
        /* Cameras make themselves short keys; which one it is, is known. */
        SSL_CTX_set_security_level(trust->context, 0);
    } else if (!load_trusted(trust->context, ca_file, err)) {
        tls_trust_free(trust);
        trust = NULL;
    }
    ERR_clear_error();
    return trust;
}

void tls_trust_free(struct tls_trust *trust)
{
    if (!trust)
        return;
    SSL_CTX_free(trust->context);
    free(trust);
}

/* ---- life -------------------------------------------------------------------------- */

static void expect_host(SSL *ssl, const char *host)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

    if (X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1)
        return;
    ERR_clear_error();
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl, host);
    SSL_set_tlsext_host_name(ssl, host);
}

static void go_on(struct tls *tls);

struct tls *tls_new(const struct tls_trust *trust, const char *host)
{
    struct tls *tls = xcalloc(1, sizeof *tls);

    tls->trust = trust;
    tls->ssl = SSL_new(trust->context);
    tls->in = BIO_new(BIO_s_mem());
    tls->out = BIO_new(BIO_s_mem());
    if (!tls->ssl || !tls->in || !tls->out)
        abort(); /* no memory */
    SSL_set_bio(tls->ssl, tls->in, tls->out);
    SSL_set_connect_state(tls->ssl);
    expect_host(tls->ssl, host);
    go_on(tls);
    return tls;
}

void tls_free(struct tls *tls)
{
    if (!tls)
        return;
    SSL_free(tls->ssl);
    bytes_free(&tls->early);
    free(tls);
}

/* ---- who it is --------------------------------------------------------------------- */

static void end(struct tls *tls, const char *code)
{
    tls->over = true;
    tls->code = code;
}

static const char *code_for(long failed)
{
    switch (failed) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return TROUBLE_TLS_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return TROUBLE_TLS_EARLY;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return TROUBLE_TLS_NAME;
    default:
        return TROUBLE_TLS_ISSUER;
    }
}

/* Writes the fingerprint to `detail`. False: no certificate was shown. */
static bool take_fingerprint(struct tls *tls, char hex[2 * DIGEST + 1])
{
    X509 *shown = SSL_get1_peer_certificate(tls->ssl);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    bool taken = shown && X509_digest(shown, EVP_sha256(), digest, &size) == 1;

    X509_free(shown);
    for (unsigned i = 0; taken && i < DIGEST; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
        snprintf(tls->detail + 3 * i, 4, "%02X%s", digest[i], i + 1 < DIGEST ? ":" : "");
    }
    return taken;
}

static void look_at_camera(struct tls *tls)
{
    char hex[2 * DIGEST + 1] = "";
    long failed = SSL_get_verify_result(tls->ssl);

    _Static_assert(sizeof tls->detail >= FINGERPRINT, "it fits");
    if (!take_fingerprint(tls, hex))
        end(tls, TROUBLE_TLS);
    else if (tls->trust->pinned[0] && strcasecmp(hex, tls->trust->pinned) != 0)
        end(tls, TROUBLE_TLS_FINGERPRINT);
    else if (!tls->trust->pinned[0] && failed != X509_V_OK)
        end(tls, code_for(failed));
    else
        tls->proven = true;
}

/* ---- bytes ------------------------------------------------------------------------- */

/* After a call that did not go through: what is missing is asked for later, or it is
 * over. */
static void take_failure(struct tls *tls, int result)
{
    unsigned long failed;

    switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return;
    case SSL_ERROR_ZERO_RETURN:
        end(tls, NULL);
        return;
    default:
        failed = ERR_get_error();
        end(tls, TROUBLE_TLS);
        snprintf(tls->detail, sizeof tls->detail, "%s",
                 failed ? ERR_reason_error_string(failed) : "it broke off");
        ERR_clear_error();
    }
}

static void say_early(struct tls *tls)
{
    if (tls->early.size > 0)
        SSL_write(tls->ssl, tls->early.at, (int)tls->early.size);
    bytes_free(&tls->early);
}

static void go_on(struct tls *tls)
{
    int result;

    if (tls->proven || tls->over)
        return;
    ERR_clear_error();
    result = SSL_do_handshake(tls->ssl);
    if (result != 1) {
        take_failure(tls, result);
        return;
    }
    look_at_camera(tls);
    if (tls->proven)
        say_early(tls);
}

void tls_put(struct tls *tls, const void *bytes, size_t size)
{
    BIO_write(tls->in, bytes, (int)size);
    go_on(tls);
}

ssize_t tls_read(struct tls *tls, void *to, size_t room)
{
    int got;

    if (tls->over)
        return -1;
    if (!tls->proven)
        return 0;
    ERR_clear_error();
    got = SSL_read(tls->ssl, to, (int)(room < INT32_MAX ? room : INT32_MAX));
    if (got > 0)
        return got;
    take_failure(tls, got);
    return tls->over ? -1 : 0;
}

void tls_write(struct tls *tls, const void *bytes, size_t size)
{
    if (tls->over)
        return;
    if (tls->proven)
        SSL_write(tls->ssl, bytes, (int)size);
    else if (tls->early.size + size <= EARLY_MAX)
        bytes_add(&tls->early, bytes, size);
}

size_t tls_take(struct tls *tls, void *to, size_t room)
{
    int got = BIO_read(tls->out, to, (int)room);

    return got > 0 ? (size_t)got : 0;
}

const char *tls_code(const struct tls *tls)
{
    return tls->code;
}

const char *tls_detail(const struct tls *tls)
{
    return tls->detail;
}
