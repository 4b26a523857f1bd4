#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/secret.h"
#include "core/text.h"
#include "push_crypt.h"

enum { KEY = 16, NONCE = 12, TAG = 16, SHARED = 32, RECORD = 4096 };

void base64url(const void *from, size_t size, struct bytes *out)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const uint8_t *b = from;

    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i < 3 ? size - i : 3;
        uint32_t v = (uint32_t)b[i] << 16 | (left > 1 ? (uint32_t)b[i + 1] << 8 : 0) |
                     (left > 2 ? b[i + 2] : 0);
        for (size_t k = 0; k <= left; k++)
            bytes_add(out, &letters[v >> (18 - 6 * k) & 63], 1);
    }
}

/* ---- keys ------------------------------------------------------------------------------ */

EVP_PKEY *push_new_key(void)
{
    return EVP_EC_gen("P-256");
}

static EVP_PKEY *key_from(const uint8_t *secret, const uint8_t point[PUSH_KEY])
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    BIGNUM *number = secret ? BN_bin2bn(secret, 32, NULL) : NULL;
    EVP_PKEY *key = NULL;

    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, PUSH_KEY);
    if (number)
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    if (EVP_PKEY_fromdata_init(ctx) <= 0 ||
        EVP_PKEY_fromdata(ctx, &key, secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                          params) <= 0)
        key = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    BN_clear_free(number);
    return key;
}

EVP_PKEY *push_key_of(const uint8_t secret[32], const uint8_t point[PUSH_KEY])
{
    return key_from(secret, point);
}

static bool point_of(EVP_PKEY *key, uint8_t point[PUSH_KEY])
{
    size_t size = 0;

    EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                   "uncompressed");
    return EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, PUSH_KEY,
                                           &size) > 0 &&
           size == PUSH_KEY;
}

static bool agree(EVP_PKEY *own, EVP_PKEY *peer, uint8_t shared[SHARED])
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
    size_t size = SHARED;
    bool well = ctx && EVP_PKEY_derive_init(ctx) > 0 &&
                EVP_PKEY_derive_set_peer(ctx, peer) > 0 &&
                EVP_PKEY_derive(ctx, shared, &size) > 0 && size == SHARED;

    EVP_PKEY_CTX_free(ctx);
    return well;
}

/* ---- a message ------------------------------------------------------------------------- */

static bool hkdf(const void *salt, size_t salt_size, const void *key, size_t key_size,
                 const void *info, size_t info_size, void *out, size_t size)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, key_size),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt, salt_size),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, info_size),
        OSSL_PARAM_construct_end(),
    };
    bool well = ctx && EVP_KDF_derive(ctx, out, size, params) > 0;

    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    return well;
}

static bool seal(const uint8_t key[KEY], const uint8_t nonce[NONCE], const void *plain,
                 size_t size, uint8_t *out)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int got = 0, last = 0;
    const uint8_t end = 2; /* the last record, without padding */
    bool well = ctx &&
                EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, key, nonce) > 0 &&
                EVP_EncryptUpdate(ctx, out, &got, plain, (int)size) > 0 &&
                EVP_EncryptUpdate(ctx, out + got, &last, &end, 1) > 0 &&
                EVP_EncryptFinal_ex(ctx, out + got + last, &got) > 0 &&
                EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG, out + size + 1) > 0;

    EVP_CIPHER_CTX_free(ctx);
    return well;
}

/* RFC 8291, 3.4, then RFC 8188, 2.2 and 2.3. */
static bool derive(const uint8_t shared[SHARED], const uint8_t phone[PUSH_KEY],
                   const uint8_t auth[PUSH_AUTH], const uint8_t point[PUSH_KEY],
                   const uint8_t salt[PUSH_SALT], uint8_t key[KEY], uint8_t nonce[NONCE])
{
    static const char for_key[] = "Content-Encoding: aes128gcm";
    static const char for_nonce[] = "Content-Encoding: nonce";
    uint8_t info[14 + 2 * PUSH_KEY] = "WebPush: info", ikm[32];

    memcpy(info + 14, phone, PUSH_KEY);
    memcpy(info + 14 + PUSH_KEY, point, PUSH_KEY);
    bool well = hkdf(auth, PUSH_AUTH, shared, SHARED, info, sizeof info, ikm, sizeof ikm) &&
                hkdf(salt, PUSH_SALT, ikm, sizeof ikm, for_key, sizeof for_key, key, KEY) &&
                hkdf(salt, PUSH_SALT, ikm, sizeof ikm, for_nonce, sizeof for_nonce, nonce,
                     NONCE);
    secret_wipe(ikm, sizeof ikm);
    return well;
}

bool push_encrypt(const uint8_t phone[PUSH_KEY], const uint8_t auth[PUSH_AUTH],
                  const uint8_t salt[PUSH_SALT], EVP_PKEY *own, const void *plain,
                  size_t size, struct bytes *out, struct error *err)
{
    static const uint8_t record_and_length[] = { 0, 0, RECORD >> 8, RECORD & 255, PUSH_KEY };
    uint8_t point[PUSH_KEY], shared[SHARED], key[KEY], nonce[NONCE];
    EVP_PKEY *peer = phone[0] == 4 ? key_from(NULL, phone) : NULL;
    bool well = peer && size <= PUSH_PLAIN_MAX && point_of(own, point) &&
                agree(own, peer, shared) &&
                derive(shared, phone, auth, point, salt, key, nonce);

    EVP_PKEY_free(peer);
    if (well) {
        bytes_add(out, salt, PUSH_SALT);
        bytes_add(out, record_and_length, sizeof record_and_length);
        bytes_add(out, point, PUSH_KEY);
        well = seal(key, nonce, plain, size, bytes_reserve(out, size + 1 + TAG));
        out->size += size + 1 + TAG;
    }
    secret_wipe(shared, sizeof shared);
    secret_wipe(key, sizeof key);
    return well || error_set(err, ERR_MEDIA, _("the phone's key is none"));
}

/* ---- who sends ------------------------------------------------------------------------- */

struct vapid {
    EVP_PKEY *key;
    char *public;
};

static EVP_PKEY *read_key(const char *path)
{
    FILE *file = fopen(path, "re");
    EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;

    if (file)
        fclose(file);
    return key;
}

/* Whole or not at all: a key that is lost silences every phone. */
static EVP_PKEY *make_key(const char *path, struct error *err)
{
    char *beside = xformat("%s.new", path);
    EVP_PKEY *key = push_new_key();
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    bool well = key && file &&
                PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) > 0 &&
                fflush(file) == 0 && fsync(fd) == 0;

    if (file)
        well = fclose(file) == 0 && well;
    well = well && rename(beside, path) == 0;
    if (!well) {
        error_set(err, ERR_DISK, _("cannot write %s: %s"), path, error_of_system(errno));
        EVP_PKEY_free(key);
        key = NULL;
    }
    free(beside);
    return key;
}

struct vapid *vapid_open(const char *state_dir, struct error *err)
{
    char *path = xformat("%s/vapid.pem", state_dir);
    bool there = access(path, F_OK) == 0;
    EVP_PKEY *key = there ? read_key(path) : make_key(path, err);
    uint8_t point[PUSH_KEY];
    struct bytes public = { 0 };
    struct vapid *vapid = NULL;

    if (key && point_of(key, point)) {
        vapid = xcalloc(1, sizeof *vapid);
        base64url(point, sizeof point, &public);
        *vapid = (struct vapid){ .key = key, .public = bytes_take(&public) };
    } else if (there) {
        error_set(err, ERR_DISK,
                  _("%s holds no P-256 key; put the right one back, or remove it: then "
                    "every phone must be allowed again"),
                  path);
        EVP_PKEY_free(key);
    }
    free(path);
    return vapid;
}

void vapid_free(struct vapid *vapid)
{
    if (!vapid)
        return;
    EVP_PKEY_free(vapid->key);
    free(vapid->public);
    free(vapid);
}

const char *vapid_public(const struct vapid *vapid)
{
    return vapid->public;
}

/* JWS wants r and s side by side (RFC 7518, 3.4), OpenSSL gives them as ASN.1. */
static bool sign(EVP_PKEY *key, const struct bytes *text, uint8_t raw[64])
{
    uint8_t der[80];
    size_t size = sizeof der;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool well = ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) > 0 &&
                EVP_DigestSign(ctx, der, &size, text->at, text->size) > 0;
    const unsigned char *at = der;
    ECDSA_SIG *parts = well ? d2i_ECDSA_SIG(NULL, &at, (long)size) : NULL;

    if (parts) {
        BN_bn2binpad(ECDSA_SIG_get0_r(parts), raw, 32);
        BN_bn2binpad(ECDSA_SIG_get0_s(parts), raw + 32, 32);
    }
    ECDSA_SIG_free(parts);
    EVP_MD_CTX_free(ctx);
    return parts != NULL;
}

char *vapid_authorization(const struct vapid *vapid, const char *endpoint,
                          const char *contact, int64_t expires_s)
{
    static const char header[] = "{\"typ\":\"JWT\",\"alg\":\"ES256\"}";
    const char *host = strstr(endpoint, "://");
    size_t origin = host ? (size_t)(host - endpoint) + 3 + strcspn(host + 3, "/?#") : 0;
    char *claims = xformat("{\"aud\":\"%.*s\",\"exp\":%lld,\"sub\":\"%s\"}", (int)origin,
                           endpoint, (long long)expires_s, contact);
    struct bytes token = { 0 };
    uint8_t raw[64];
    char *answer = NULL;

    base64url(header, sizeof header - 1, &token);
    bytes_text(&token, ".");
    base64url(claims, strlen(claims), &token);
    if (sign(vapid->key, &token, raw)) {
        bytes_text(&token, ".");
        base64url(raw, sizeof raw, &token);
        answer = xformat("vapid t=%.*s, k=%s", (int)token.size, (char *)token.at,
                         vapid->public);
    }
    bytes_free(&token);
    free(claims);
    return answer;
}
