#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/secret.h"

void secret_wipe(void *bytes, size_t size)
{
    if (bytes)
        explicit_bzero(bytes, size);
}

void secret_free_text(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

bool secret_equal(const void *a, const void *b, size_t size)
{
    const volatile uint8_t *x = a, *y = b;
    uint8_t differs = 0;

    for (size_t i = 0; i < size; i++)
        differs |= x[i] ^ y[i];
    return differs == 0;
}

bool secret_equal_text(const char *a, const char *b)
{
    size_t size = strlen(a);

    return size == strlen(b) && secret_equal(a, b, size);
}

void secret_random(void *bytes, size_t size)
{
    uint8_t *to = bytes;

    while (size > 0) {
        ssize_t got = getrandom(to, size, 0);
        if (got < 0 && errno != EINTR)
            abort();
        if (got > 0) {
            to += got;
            size -= (size_t)got;
        }
    }
}

void secret_random_text(char *to, size_t characters)
{
    static const char *alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    secret_random(to, characters);
    for (size_t i = 0; i < characters; i++)
        to[i] = alphabet[(uint8_t)to[i] % 64];
    to[characters] = 0;
}
