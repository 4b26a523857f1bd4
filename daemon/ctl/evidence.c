#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "core/memory.h"
#include "evidence.h"
#include "evidence/verify.h"
#include "run.h"

/* How often a running export is asked after. */
enum { ASK_MS = 200 };

static void tell_refusal(const struct answer *answer, FILE *err)
{
    const json_t *error = json_object_get(answer->json, "error");
    const char *message = json_string_value(json_object_get(error, "message"));

    if (message)
        fprintf(err, "kengctl: %s\n", message);
    else
        fprintf(err, _("kengctl: kengd refused with HTTP %ld\n"), answer->status);
}

/* False: it was told why. */
static bool ask_kengd(const struct args *args, const char *method, const char *address,
                      json_t *body, struct answer *answer, FILE *err)
{
    const struct question question = { .socket = args->socket,
                                       .method = method,
                                       .address = address,
                                       .body = body,
                                       .language = text_language() };
    struct error error = { 0 };

    if (!call(&question, answer, &error)) {
        fprintf(err, "kengctl: %s\n", error.text);
        return false;
    }
    if (answer->status >= 200 && answer->status < 300 && json_is_object(answer->json))
        return true;
    tell_refusal(answer, err);
    answer_clear(answer);
    return false;
}

/* ---- export --------------------------------------------------------------------------- */

static json_t *wish_of(const struct args *args)
{
    json_t *cameras = json_array();
    char *names = xstrdup(args->operand), *rest = names, *name;

    while ((name = strsep(&rest, ",")))
        if (*name)
            json_array_append_new(cameras, json_string(name));
    free(names);
    return json_pack("{s:o, s:s, s:s, s:s, s:s}", "cameras", cameras, "from", args->from, "to",
                     args->to, "reason", args->reason, "document", args->document);
}

static void show_progress(const json_t *export, FILE *err)
{
    if (isatty(fileno(err)))
        fprintf(err, "\r%3.0f %%",
                json_number_value(json_object_get(export, "progress")) * 100);
}

/* Until it is done or failed. */
static bool wait_for(const struct args *args, const char *id, struct answer *answer, FILE *err)
{
    char *address = xformat("/api/exports/%s", id);
    bool well;

    for (;;) {
        well = ask_kengd(args, "GET", address, NULL, answer, err);
        if (!well)
            break;
        const char *state = json_string_value(json_object_get(answer->json, "state"));
        show_progress(answer->json, err);
        if (state && strcmp(state, "waiting") && strcmp(state, "running"))
            break;
        answer_clear(answer);
        nanosleep(&(struct timespec){ .tv_nsec = ASK_MS * 1000000L }, NULL);
    }
    if (isatty(fileno(err)))
        fputs("\r", err);
    free(address);
    return well;
}

/* Never over a file that is there. */
static bool fetch(const struct args *args, const char *package, const char *path, FILE *err)
{
    const struct question question = { .socket = args->socket,
                                       .method = "GET",
                                       .address = package,
                                       .language = text_language() };
    struct error error = { 0 };
    struct answer answer;
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    FILE *to = fd >= 0 ? fdopen(fd, "w") : NULL;
    bool well = false;

    if (!to) {
        fprintf(err, _("kengctl: cannot write %s: %s\n"), path, error_of_system(errno));
        return false;
    }
    if (!call_download(&question, to, &answer, &error)) {
        fprintf(err, "kengctl: %s\n", error.text);
    } else {
        well = answer.status == 200;
        if (!well)
            tell_refusal(&answer, err);
        answer_clear(&answer);
    }
    if (fflush(to) != 0 || fsync(fd) != 0) {
        fprintf(err, _("kengctl: cannot write %s: %s\n"), path, error_of_system(errno));
        well = false;
    }
    fclose(to);
    if (!well)
        unlink(path);
    return well;
}

static int take_package(const struct args *args, const json_t *export, FILE *out, FILE *err)
{
    const char *package = json_string_value(json_object_get(export, "package"));
    const char *id = json_string_value(json_object_get(export, "id"));
    const char *why = json_string_value(json_object_get(export, "why"));

    if (!package) {
        fprintf(err, _("kengctl: the export failed: %s\n"), why ? why : "");
        return EXIT_FAILED;
    }
    char *path = args->output ? xstrdup(args->output) : xformat("trich-xuat-%s.zip", id);
    bool well = fetch(args, package, path, err);
    if (well && args->json) {
        json_dumpf(export, out, JSON_INDENT(2));
        fputc('\n', out);
    } else if (well) {
        fprintf(out, _("%s, %lld bytes, SHA-256 %s\n"), path,
                (long long)json_integer_value(json_object_get(export, "bytes")),
                json_string_value(json_object_get(export, "sha256")));
    }
    free(path);
    return well ? EXIT_WELL : EXIT_FAILED;
}

int evidence_export(const struct args *args, FILE *out, FILE *err)
{
    struct answer asked, made;
    json_t *wish = wish_of(args);
    int status = EXIT_FAILED;

    if (!ask_kengd(args, "POST", "/api/exports", wish, &asked, err))
        goto done;
    const char *id = json_string_value(json_object_get(asked.json, "id"));
    if (id && wait_for(args, id, &made, err)) {
        status = take_package(args, made.json, out, err);
        answer_clear(&made);
    }
    answer_clear(&asked);
done:
    json_decref(wish);
    return status;
}

int evidence_key(const struct args *args, FILE *out, FILE *err)
{
    struct answer answer;

    if (!ask_kengd(args, "GET", "/api/export-key", NULL, &answer, err))
        return EXIT_FAILED;
    if (args->json)
        fprintf(out, "%s\n", answer.body);
    else
        fprintf(out, "%s%s\n", json_string_value(json_object_get(answer.json, "pem")),
                json_string_value(json_object_get(answer.json, "sha256")));
    answer_clear(&answer);
    return EXIT_WELL;
}

/* ---- verify --------------------------------------------------------------------------- */

struct telling {
    FILE *out;
    json_t *files; /* NULL: as text */
};

static void tell_file(void *arg, const char *name, enum file_fault fault)
{
    const struct telling *telling = arg;
    static const char *const words[] = { "fine", "changed", "missing", "unsigned" };

    if (telling->files) {
        json_array_append_new(telling->files,
                              json_pack("{s:s, s:s}", "name", name, "is", words[fault]));
        return;
    }
    switch (fault) {
    case FILE_FINE: fprintf(telling->out, _("%s: as it was signed\n"), name); break;
    case FILE_CHANGED: fprintf(telling->out, _("%s: CHANGED\n"), name); break;
    case FILE_MISSING: fprintf(telling->out, _("%s: MISSING\n"), name); break;
    case FILE_UNSIGNED:
        fprintf(telling->out, _("%s: is not in SHA256SUMS, nobody vouches for it\n"), name);
        break;
    }
}

static void tell_verdict(const struct proof *proof, bool well, FILE *out)
{
    if (!proof->signed_well)
        fputs(_("The signature is WRONG or missing: the list of sums is not the one that was "
                "signed.\n"),
              out);
    else if (!proof->key_known)
        fputs(_("The signature is of ANOTHER KEY than the one that was expected.\n"), out);
    if (proof->fingerprint[0])
        fprintf(out, _("Key: %s\n"), proof->fingerprint);
    if (well)
        fprintf(out,
                _("The package is as it was signed: %zu files. Compare the key with the one on "
                  "the signed record, or with kengctl export key.\n"),
                proof->files);
    else
        fputs(_("The package is NOT as it was signed.\n"), out);
}

int evidence_verify(const struct args *args, FILE *out, FILE *err)
{
    struct telling telling = { out, args->json ? json_array() : NULL };
    struct error error = { 0 };
    struct proof proof;
    bool well = verify_path(args->operand, args->key, tell_file, &telling, &proof, &error);

    if (args->json) {
        json_t *told = json_pack("{s:b, s:b, s:b, s:s, s:o, s:s}", "well", well, "signed",
                                 proof.signed_well, "key_known", proof.key_known, "key",
                                 proof.fingerprint, "files", telling.files, "why",
                                 error.text);
        json_dumpf(told, out, JSON_INDENT(2));
        fputc('\n', out);
        json_decref(told);
    } else if (error.kind != ERR_NONE) {
        fprintf(err, "kengctl: %s: %s\n", args->operand, error.text);
    } else {
        tell_verdict(&proof, well, out);
    }
    return well ? EXIT_WELL : EXIT_FAILED;
}
