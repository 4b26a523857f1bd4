#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "call.h"
#include "core/bytes.h"
#include "core/memory.h"
#include "core/secret.h"

/* A reload stops and starts cameras before it answers; a list of alerts is far smaller.
 */
enum { CONNECT_S = 5, ANSWER_S = 60, ANSWER_BYTES_MAX = 16 * 1024 * 1024 };

static size_t on_bytes(char *from, size_t size, size_t count, void *arg)
{
    struct bytes *to = arg;

    if (to->size + size * count > ANSWER_BYTES_MAX)
        return 0; /* curl ends with CURLE_WRITE_ERROR */
    bytes_add(to, from, size * count);
    return size * count;
}

static bool tell_failure(CURL *curl, CURLcode code, const char *socket, struct error *err)
{
    long why = 0;

    curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &why);
    if (code == CURLE_COULDNT_CONNECT && (why == EACCES || why == EPERM))
        return error_set(err, ERR_NETWORK,
                         _("this user may not open %s; run kengctl with sudo"), socket);
    if (code == CURLE_COULDNT_CONNECT)
        return error_set(
            err, ERR_NETWORK,
            _("kengd is not running, or its socket is not %s; see systemctl status "
              "kengd, or say --socket PATH"),
            socket);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return error_set(err, ERR_NETWORK,
                         _("kengd does not answer; see journalctl -u kengd"));
    return error_set(err, ERR_NETWORK,
                     _("kengd broke the answer off (%s); see journalctl -u "
                       "kengd"),
                     curl_easy_strerror(code));
}

static struct curl_slist *headers_of(const struct question *question)
{
    const char *language = text_language_tag(question->language);
    char *accept = xformat("Accept-Language: %s", language);
    struct curl_slist *list = curl_slist_append(NULL, accept);

    free(accept);
    if (question->body)
        list = curl_slist_append(list, "Content-Type: application/json");
    return list;
}

struct download {
    FILE *file; /* NULL: all goes to `body` */
    CURL *curl;
    struct bytes body;
};

static size_t on_piece(char *from, size_t size, size_t count, void *arg)
{
    struct download *to = arg;
    long status = 0;

    curl_easy_getinfo(to->curl, CURLINFO_RESPONSE_CODE, &status);
    if (to->file && status == 200)
        return fwrite(from, size, count, to->file) * size;
    return on_bytes(from, size, count, &to->body);
}

static bool perform(const struct question *question, FILE *file, struct answer *to,
                    struct error *err)
{
    struct download got = { .file = file };
    struct curl_slist *headers = headers_of(question);
    char *url = xformat("http://localhost%s", question->address);
    char *sent = question->body ? json_dumps(question->body, JSON_COMPACT) : NULL;
    CURL *curl = got.curl = curl_easy_init();
    bool well = false;

    *to = (struct answer){ 0 };
    if (!curl || !headers)
        abort(); /* out of memory */
    if (strlen(question->socket) >= sizeof((struct sockaddr_un *)0)->sun_path) {
        error_set(err, ERR_NETWORK, _("the path of the socket is too long"));
        goto done;
    }
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, question->socket);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, question->method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (sent)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, sent);
    curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* whatever the environment says */
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    if (!file)
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)ANSWER_S);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)ANSWER_S);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_piece);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &got);
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK) {
        tell_failure(curl, code, question->socket, err);
        goto done;
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &to->status);
    to->json = json_loadb((char *)got.body.at, got.body.size, 0, NULL);
    to->body = bytes_take(&got.body);
    well = true;

done:
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    bytes_free(&got.body);
    free(sent);
    free(url);
    return well;
}

bool call(const struct question *question, struct answer *to, struct error *err)
{
    return perform(question, NULL, to, err);
}

bool call_download(const struct question *question, FILE *file, struct answer *to,
                   struct error *err)
{
    return perform(question, file, to, err);
}

void answer_clear(struct answer *answer)
{
    secret_free_text(answer->body); /* a new token stands in one */
    json_decref(answer->json);
    *answer = (struct answer){ 0 };
}
