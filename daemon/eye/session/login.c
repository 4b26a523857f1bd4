#include <string.h>

#include "login.h"

enum { CANNOT, BASIC, DIGEST_MD5, DIGEST_SHA256 };

static struct span skip_blanks_and_commas(struct span s)
{
    while (s.size && strchr(" \t\r\n,", s.at[0]) && s.at[0])
        s = span_after(s, 1);
    return s;
}

static struct span take_token(struct span *rest)
{
    struct span token = { rest->at, 0 };

    while (token.size < rest->size && rest->at[token.size] &&
           !strchr(" \t\r\n,=\"", rest->at[token.size]))
        token.size++;
    *rest = span_after(*rest, token.size);
    return token;
}

/* A quoted string without quotes and backslashes, or a token. False: it does not fit. */
static bool take_value(struct span *rest, char *to, size_t room)
{
    size_t used = 0;

    if (!rest->size || rest->at[0] != '"')
        return span_copy(take_token(rest), to, room);
    *rest = span_after(*rest, 1);
    while (rest->size && rest->at[0] != '"') {
        if (rest->at[0] == '\\' && rest->size > 1)
            *rest = span_after(*rest, 1);
        if ((unsigned char)rest->at[0] < ' ' || used + 1 >= room)
            return false;
        to[used++] = rest->at[0];
        *rest = span_after(*rest, 1);
    }
    to[used] = 0;
    *rest = span_after(*rest, 1);
    return true;
}

/* Where a parameter of that name goes; NULL: nobody wants it. */
static char *room_for(struct challenge *c, struct span name, size_t *room)
{
    struct {
        const char *name;
        char *to;
        size_t room;
    } fields[] = {
        { "realm", c->realm, sizeof c->realm },
        { "nonce", c->nonce, sizeof c->nonce },
        { "opaque", c->opaque, sizeof c->opaque },
        { "qop", c->qop, sizeof c->qop },
        { "algorithm", c->algorithm, sizeof c->algorithm },
    };

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (span_is(name, fields[i].name)) {
            *room = fields[i].room;
            return fields[i].to;
        }
    }
    return NULL;
}

/* Reads the parameters up to the next scheme: a token that no '=' follows. False: a value
 * does not fit; it cannot be met, since half a nonce would be a failed login. */
static bool read_parameters(struct span *rest, struct challenge *c)
{
    char ignored[512], stale[8] = "";

    for (;;) {
        struct span ahead = *rest = skip_blanks_and_commas(*rest);
        struct span name = take_token(&ahead);
        size_t room = sizeof ignored;
        char *to = room_for(c, name, &room);

        ahead = span_trim(ahead);
        if (!ahead.size || ahead.at[0] != '=')
            return true;
        *rest = span_trim(span_after(ahead, 1));
        if (span_is(name, "stale")) {
            to = stale;
            room = sizeof stale;
        }
        if (!take_value(rest, to ? to : ignored, room))
            return false;
        c->stale = span_is(span_of(stale), "true");
    }
}

static int strength(struct span scheme, const struct challenge *c)
{
    struct span algorithm = span_of(c->algorithm);

    if (span_is(scheme, "Basic"))
        return BASIC;
    if (!span_is(scheme, "Digest") || !c->nonce[0])
        return CANNOT;
    if (c->qop[0] && !rtsp_lists(span_of(c->qop), "auth"))
        return CANNOT;
    if (span_is(algorithm, "SHA-256"))
        return DIGEST_SHA256;
    return algorithm.size == 0 || span_is(algorithm, "MD5") ? DIGEST_MD5 : CANNOT;
}

bool login_read(const struct rtsp_message *answer, struct challenge *best)
{
    int best_strength = CANNOT;

    for (size_t i = 0; i < answer->header_count; i++) {
        struct span rest = answer->headers[i].value;

        if (!span_is(answer->headers[i].name, "WWW-Authenticate"))
            continue;
        while ((rest = skip_blanks_and_commas(rest)).size) {
            struct challenge c = { .digest = false };
            struct span scheme = take_token(&rest);

            if (scheme.size == 0 || !read_parameters(&rest, &c))
                break;
            c.digest = span_is(scheme, "Digest");
            if (strength(scheme, &c) > best_strength) {
                best_strength = strength(scheme, &c);
                *best = c;
            }
        }
    }
    return best_strength != CANNOT;
}
