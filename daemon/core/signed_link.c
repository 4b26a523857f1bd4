#include <openssl/hmac.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "core/secret.h"
#include "core/signed_link.h"

enum { HOLDS_S = 3600, SIGNATURE = 12 };

static uint8_t key[32];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_key(void)
{
    secret_random(key, sizeof key);
}

static void sign(const char *event, const char *expires, char hex[2 * SIGNATURE + 1])
{
    char *text = xformat("%s.%s", event, expires);
    uint8_t digest[32];
    unsigned size = sizeof digest;

    pthread_once(&once, make_key);
    HMAC(EVP_sha256(), key, sizeof key, (const uint8_t *)text, strlen(text), digest, &size);
    for (size_t i = 0; i < SIGNATURE; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    free(text);
}

char *signed_link(const char *event, int64_t now_us)
{
    char expires[24], hex[2 * SIGNATURE + 1];

    snprintf(expires, sizeof expires, "%lld", (long long)(now_us / 1000000 + HOLDS_S));
    sign(event, expires, hex);
    return xformat("/p/%s-%s-%s", event, expires, hex);
}

bool signed_link_fits(const char *event, const char *expires, const char *signature,
                      int64_t now_us)
{
    char hex[2 * SIGNATURE + 1];

    sign(event, expires, hex);
    return secret_equal_text(hex, signature) &&
           strtoll(expires, NULL, 10) > now_us / 1000000;
}
