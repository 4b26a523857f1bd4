/* E-mail by SMTP with STARTTLS, the snapshot attached. RFC 5321, 5322, 3207. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "channel.h"
#include "core/bytes.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/text.h"
#include "push_crypt.h"
#include "wording.h"

struct sending {
    receipt_fn *done;
    void *arg;
    const struct settings *set;
    curl_mime *mime;
    struct curl_slist *to, *headers;
    char *address, *subject, *text, *picture, *from;
};

static void sending_free(void *arg)
{
    struct sending *s = arg;

    curl_mime_free(s->mime);
    curl_slist_free_all(s->to);
    curl_slist_free_all(s->headers);
    settings_unref(s->set);
    free(s->address);
    free(s->subject);
    free(s->text);
    free(s->picture);
    free(s->from);
    free(s);
}

/* A server that is out of reach or says 4xx may take it later; 5xx never. */
static void on_answer(void *arg, const struct courier_answer *answer)
{
    struct sending *s = arg;
    struct receipt receipt = { .code = answer->status };

    if (answer->code == CURLE_OK)
        receipt.result = RECEIPT_TAKEN;
    else if (answer->code == CURLE_LOGIN_DENIED || answer->code == CURLE_USE_SSL_FAILED ||
             answer->status < 500)
        receipt.result = RECEIPT_AGAIN; /* an admin can mend it */
    else
        receipt.result = RECEIPT_REFUSED;
    if (answer->code != CURLE_OK)
        snprintf(receipt.detail, sizeof receipt.detail, _("the mail server: %s"),
                 answer->why);
    text_cut_utf8(receipt.detail);
    s->done(s->arg, &receipt);
}

/* RFC 2047: what is not ASCII in a head line, in words of at most 75 characters. */
static char *encoded(const char *text)
{
    enum { PIECE = 42 };
    struct bytes out = { 0 };
    char piece[PIECE + 1];

    while (*text) {
        snprintf(piece, sizeof piece, "%s", text);
        text_cut_utf8(piece);
        size_t size = strlen(piece);
        if (size == 0)
            break;
        char *base64 = xcalloc(1, 4 * PIECE);
        EVP_EncodeBlock((unsigned char *)base64, (const unsigned char *)piece, (int)size);
        bytes_format(&out, "%s=?UTF-8?B?%s?=", out.size > 0 ? "\r\n " : "", base64);
        free(base64);
        text += size;
    }
    return bytes_take(&out);
}

static void prepare(CURL *easy, void *arg)
{
    struct sending *s = arg;
    curl_mimepart *part;

    s->mime = curl_mime_init(easy);
    part = curl_mime_addpart(s->mime);
    curl_mime_data(part, s->text, CURL_ZERO_TERMINATED);
    curl_mime_type(part, "text/plain; charset=utf-8");
    curl_mime_encoder(part, "base64");
    if (s->picture) {
        part = curl_mime_addpart(s->mime);
        curl_mime_filedata(part, s->picture);
        curl_mime_type(part, "image/jpeg");
        curl_mime_filename(part, "kengd.jpg");
        curl_mime_encoder(part, "base64");
    }
    curl_easy_setopt(easy, CURLOPT_MIMEPOST, s->mime);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, s->headers);
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, s->from);
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, s->to);
    curl_easy_setopt(easy, CURLOPT_USE_SSL,
                     (long)(s->set->channels.email.tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    if (s->set->channels.email.user)
        curl_easy_setopt(easy, CURLOPT_USERNAME, s->set->channels.email.user);
    if (s->set->channels.email.password)
        curl_easy_setopt(easy, CURLOPT_PASSWORD, s->set->channels.email.password);
}

static void add_header(struct sending *s, const char *name, const char *value)
{
    char *line = xformat("%s: %s", name, value);

    s->headers = curl_slist_append(s->headers, line);
    free(line);
}

static void write_headers(struct sending *s, const struct parcel *parcel)
{
    char date[64], *subject = encoded(s->subject), *id;
    time_t now = (time_t)(clock_wall_us() / 1000000);
    struct tm utc;

    gmtime_r(&now, &utc);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &utc);
    add_header(s, "Date", date);
    add_header(s, "From", s->from);
    add_header(s, "To", s->address);
    add_header(s, "Subject", subject);
    id = xformat("<%s.%lld@kengd>", parcel->letters[0].alert.id,
                 (long long)parcel->letters[0].delivery.id);
    add_header(s, "Message-ID", id);
    free(id);
    free(subject);
}

static void email_send(struct ways *ways, const struct parcel *parcel, receipt_fn *done,
                       void *arg)
{
    const struct settings *set = ways->set;
    const char *id = strchr(parcel->part.to.recipient, ':');
    const struct person *person = id ? settings_find_person(set, id + 1) : NULL;
    const char *picture = parcel->letters[0].alert.event.picture;

    if (!person || !person->email || !set->channels.email.host) {
        receipt_post(ways, done, arg, RECEIPT_GONE,
                     _("it is not in the configuration any more"));
        return;
    }
    struct sending *s = xcalloc(1, sizeof *s);
    s->done = done;
    s->arg = arg;
    s->set = settings_ref(set);
    s->address = xstrdup(person->email);
    s->to = curl_slist_append(NULL, person->email);
    s->subject = wording_title(parcel);
    s->text = wording_text(parcel);
    s->from = set->channels.email.from
                  ? xstrdup(set->channels.email.from)
                  : xformat("kengd@%s", set->channels.email.host);
    if (picture && !parcel->is_digest)
        s->picture = xformat("%s/pictures/%s", set->paths.state, picture);
    write_headers(s, parcel);
    const char *host = set->channels.email.host;
    char *url = xformat(strchr(host, ':') ? "smtp://[%s]:%d" : "smtp://%s:%d", host,
                        set->channels.email.port);
    courier_send(ways->courier,
                 &(struct courier_order){ .url = url,
                                          .prepare = prepare,
                                          .clear = sending_free,
                                          .prepare_arg = s },
                 on_answer, s);
    free(url);
}

const struct channel_kind channel_email = {
    .name = "email",
    .letters = 5,
    .digests = true,
    .person = true,
    .send = email_send,
};
