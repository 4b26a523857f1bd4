#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "tls.h"

enum { LOOK_S = 30 };

/* Days before the end on which the admin is told. */
static const int tell_days[] = { 1, 7, 30 };

struct tls {
    struct loop *loop;
    SSL_CTX *context;
    char *certificate, *key;
    struct timespec certificate_time,
        key_time; /* of the files that are in use or refused */
    struct timer *look;
    int told_days; /* the nearest of tell_days that was told; 0: none */
};

static bool ssl_error(struct error *err, const char *file)
{
    unsigned long code = ERR_get_error();

    error_set(err, ERR_CONFIG, _("cannot use %s: %s"), file,
              code ? ERR_reason_error_string(code) : _("it is not PEM"));
    ERR_clear_error();
    return false;
}

static SSL_CTX *context_new(const char *certificate, const char *key, struct error *err)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    if (!context)
        abort(); /* out of memory */
    ERR_clear_error();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1) {
        ssl_error(err, certificate);
        goto fail;
    }
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        ssl_error(err, key);
        goto fail;
    }
    return context;

fail:
    SSL_CTX_free(context);
    return NULL;
}

static void note_times(struct tls *tls)
{
    struct stat st;

    if (stat(tls->certificate, &st) == 0)
        tls->certificate_time = st.st_mtim;
    if (stat(tls->key, &st) == 0)
        tls->key_time = st.st_mtim;
}

static bool have_times_changed(const struct tls *tls)
{
    struct stat st;

    return (stat(tls->certificate, &st) == 0 &&
            memcmp(&st.st_mtim, &tls->certificate_time, sizeof st.st_mtim) != 0) ||
           (stat(tls->key, &st) == 0 &&
            memcmp(&st.st_mtim, &tls->key_time, sizeof st.st_mtim) != 0);
}

static void tell_end(struct tls *tls)
{
    const X509 *certificate = SSL_CTX_get0_certificate(tls->context);
    int days = 0, seconds = 0;

    if (!certificate ||
        !ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate)))
        return;
    if (days < 0 || seconds < 0) {
        if (tls->told_days != -1)
            log_error("certificate has expired", "file=%s", tls->certificate);
        tls->told_days = -1;
        return;
    }
    for (size_t i = 0; i < COUNT_OF(tell_days); i++) {
        if (days >= tell_days[i])
            continue;
        if (tls->told_days != tell_days[i])
            log_warning("certificate ends soon", "file=%s days=%d", tls->certificate,
                        days);
        tls->told_days = tell_days[i];
        return;
    }
    tls->told_days = 0;
}

static bool renew(struct tls *tls, struct error *err)
{
    note_times(tls);
    SSL_CTX *context = context_new(tls->certificate, tls->key, err);
    if (!context)
        return false;
    SSL_CTX_free(tls->context); /* connections that use it count it */
    tls->context = context;
    tls->told_days = 0;
    return true;
}

static void on_look(void *arg)
{
    struct tls *tls = arg;
    struct error err;

    if (have_times_changed(tls)) {
        if (renew(tls, &err))
            log_info("certificate loaded again", "file=%s", tls->certificate);
        else
            log_error("new certificate refused", "why='%s'", err.text);
    }
    tell_end(tls);
}

struct tls *tls_open(struct loop *loop, const struct settings *set, struct error *err)
{
    struct tls *tls = xcalloc(1, sizeof *tls);

    tls->loop = loop;
    tls->certificate = xstrdup(set->web.certificate);
    tls->key = xstrdup(set->web.key);
    if (!renew(tls, err)) {
        tls_close(tls);
        return NULL;
    }
    tell_end(tls);
    tls->look = timer_new(loop, on_look, tls);
    timer_every(tls->look, SECONDS_US(LOOK_S));
    return tls;
}

void tls_reload(struct tls *tls, const struct settings *set)
{
    if (!tls || !set->web.certificate || !set->web.key)
        return;
    free(tls->certificate);
    free(tls->key);
    tls->certificate = xstrdup(set->web.certificate);
    tls->key = xstrdup(set->web.key);
    tls->certificate_time = (struct timespec){ 0 };
    on_look(tls);
}

void tls_close(struct tls *tls)
{
    if (!tls)
        return;
    timer_free(tls->look);
    SSL_CTX_free(tls->context);
    free(tls->certificate);
    free(tls->key);
    free(tls);
}

struct bufferevent *tls_accept(struct tls *tls)
{
    SSL *ssl = SSL_new(tls->context);
    struct bufferevent *bev;

    /* Without one evhttp would speak plainly on this door. */
    if (!ssl)
        abort(); /* out of memory */
    bev = bufferevent_openssl_socket_new(
        loop_base(tls->loop), -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
    if (!bev)
        abort();
    bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
    return bev;
}
