#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/bytes.h"
#include "core/secret.h"
#include "core/text.h"
#include "login.h"

enum { HEX_MAX = 2 * 32 + 1, CNONCE = 24 };

struct hash {
    const EVP_MD *kind;
    bool session; /* "-sess": the password is mixed with the nonce once */
};

static bool choose_hash(const char *algorithm, struct hash *out)
{
    size_t size = strlen(algorithm);

    out->session = size > 5 && strcasecmp(algorithm + size - 5, "-sess") == 0;
    if (out->session)
        size -= 5;
    if (size == 0 || (size == 3 && strncasecmp(algorithm, "MD5", 3) == 0))
        out->kind = EVP_md5();
    else if (size == 7 && strncasecmp(algorithm, "SHA-256", 7) == 0)
        out->kind = EVP_sha256();
    else
        return false;
    return true;
}

/* The parts with a colon between them, hashed, as lower-case hex digits. */
static bool hash_parts(const EVP_MD *kind, const char *const *parts, int count,
                       char to[HEX_MAX])
{
    uint8_t sum[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool well = context && EVP_DigestInit_ex(context, kind, NULL);

    for (int i = 0; i < count && well; i++)
        well = (i == 0 || EVP_DigestUpdate(context, ":", 1)) &&
               EVP_DigestUpdate(context, parts[i], strlen(parts[i]));
    well = well && EVP_DigestFinal_ex(context, sum, &size) && 2 * size < HEX_MAX;
    EVP_MD_CTX_free(context);
    for (unsigned i = 0; i < size && well; i++)
        sprintf(to + 2 * i, "%02x", sum[i]);
    return well;
}

#define HASH(kind, to, ...)                                \
    hash_parts(kind, (const char *const[]){ __VA_ARGS__ }, \
               (int)(sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *)), to)

static bool lists_auth(const char *qop)
{
    while (*qop) {
        size_t size = strcspn(qop, ", \t");
        if (size == 4 && strncasecmp(qop, "auth", 4) == 0)
            return true;
        qop += size + strspn(qop + size, ", \t");
    }
    return false;
}

/* RFC 7616, 3.4.1 to 3.4.3. */
static bool respond(const struct hash *hash, const struct camera_challenge *c,
                    const char *user, const char *password, const char *qop,
                    const struct login_nonce *uses, char response[HEX_MAX])
{
    char secret[HEX_MAX], request[HEX_MAX], count[9];
    bool well = HASH(hash->kind, secret, user, c->realm, password);

    if (hash->session)
        well = well && HASH(hash->kind, secret, secret, c->nonce, uses->cnonce);
    well = well && HASH(hash->kind, request, c->method, c->uri);
    snprintf(count, sizeof count, "%08x", uses->count);
    if (qop)
        well = well && HASH(hash->kind, response, secret, c->nonce, count, uses->cnonce,
                            qop, request);
    else
        well = well && HASH(hash->kind, response, secret, c->nonce, request);
    secret_wipe(secret, sizeof secret);
    return well;
}

/* name="value", what must be escaped escaped (RFC 9110, 5.6.4). */
static void add_quoted(struct bytes *to, const char *name, const char *value)
{
    bytes_format(to, "%s%s=\"", to->size > sizeof "Digest " - 1 ? ", " : "", name);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            bytes_add(to, "\\", 1);
        bytes_add(to, value, 1);
    }
    bytes_add(to, "\"", 1);
}

static void use_nonce(const struct camera_challenge *c, struct login_nonce *uses)
{
    if (!uses->cnonce[0] || strcmp(uses->nonce, c->nonce) != 0) {
        memcpy(uses->nonce, c->nonce, sizeof uses->nonce);
        secret_random_text(uses->cnonce, CNONCE);
        uses->count = 0;
    }
    uses->count++;
}

static bool answer_digest(const struct camera_challenge *c, const char *user,
                          const char *password, struct login_nonce *uses,
                          struct bytes *to, struct error *err)
{
    const char *qop = lists_auth(c->qop) ? "auth" : NULL;
    struct hash hash;
    char response[HEX_MAX];

    if (!choose_hash(c->algorithm, &hash))
        return error_set(err, ERR_LOGIN, _("the camera asks for the login method %s"),
                         c->algorithm);
    if (c->qop[0] && !qop)
        return error_set(err, ERR_LOGIN, _("the camera asks for the login method %s"),
                         c->qop);
    use_nonce(c, uses);
    if (!respond(&hash, c, user, password, qop, uses, response))
        return error_set(err, ERR_LOGIN,
                         _("this machine cannot compute the login method %s"),
                         c->algorithm[0] ? c->algorithm : "MD5");
    bytes_text(to, "Digest ");
    add_quoted(to, "username", user);
    add_quoted(to, "realm", c->realm);
    add_quoted(to, "nonce", c->nonce);
    add_quoted(to, "uri", c->uri);
    add_quoted(to, "response", response);
    if (c->algorithm[0])
        bytes_format(to, ", algorithm=%s", c->algorithm);
    if (c->opaque[0])
        add_quoted(to, "opaque", c->opaque);
    if (qop)
        bytes_format(to, ", qop=%s, nc=%08x", qop, uses->count);
    if (qop || hash.session)
        add_quoted(to, "cnonce", uses->cnonce);
    return true;
}

static void answer_basic(const char *user, const char *password, struct bytes *to)
{
    struct bytes plain = { 0 };

    bytes_format(&plain, "%s:%s", user, password);
    bytes_text(to, "Basic ");
    uint8_t *text = bytes_reserve(to, 4 * (plain.size / 3 + 1) + 1);
    to->size += (size_t)EVP_EncodeBlock(text, plain.at, (int)plain.size);
    secret_wipe(plain.at, plain.size);
    bytes_free(&plain);
}

bool login_answer(const struct camera_challenge *c, const char *user,
                  const char *password, struct login_nonce *uses,
                  struct camera_login *out, struct error *err)
{
    struct bytes answer = { 0 };
    bool well = true;

    if (c->digest)
        well = answer_digest(c, user, password, uses, &answer, err);
    else
        answer_basic(user, password, &answer);
    if (well && answer.size >= sizeof out->authorization)
        well = error_set(err, ERR_LOGIN, _("user and password are too long"));
    memset(out, 0, sizeof *out);
    if (well)
        memcpy(out->authorization, answer.at, answer.size);
    secret_wipe(answer.at, answer.size);
    bytes_free(&answer);
    return well;
}
