#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/secret.h"
#include "onvif_login.h"

enum { NONCE = 16, SHA1_BYTES = 20 };

bool onvif_sign_with(struct onvif_ask *ask, const char *user, const char *password,
                     int64_t now_us, const uint8_t *nonce, size_t size)
{
    time_t now_s = (time_t)(now_us / 1000000);
    uint8_t sum[EVP_MAX_MD_SIZE];
    unsigned sum_size = 0;
    struct tm utc;

    if (strlen(user) >= sizeof ask->user || size > 32)
        return false;
    strcpy(ask->user, user);
    gmtime_r(&now_s, &utc);
    strftime(ask->created, sizeof ask->created, "%Y-%m-%dT%H:%M:%SZ", &utc);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool well = context && EVP_DigestInit_ex(context, EVP_sha1(), NULL) &&
                EVP_DigestUpdate(context, nonce, size) &&
                EVP_DigestUpdate(context, ask->created, strlen(ask->created)) &&
                EVP_DigestUpdate(context, password, strlen(password)) &&
                EVP_DigestFinal_ex(context, sum, &sum_size) && sum_size == SHA1_BYTES;
    EVP_MD_CTX_free(context);
    if (!well)
        return false;
    EVP_EncodeBlock((uint8_t *)ask->nonce, nonce, (int)size);
    EVP_EncodeBlock((uint8_t *)ask->digest, sum, SHA1_BYTES);
    return true;
}

bool onvif_sign(struct onvif_ask *ask, const char *user, const char *password,
                int64_t now_us)
{
    uint8_t nonce[NONCE];

    secret_random(nonce, sizeof nonce);
    return onvif_sign_with(ask, user, password, now_us, nonce, sizeof nonce);
}
