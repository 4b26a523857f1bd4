#include <curl/curl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "args.h"
#include "ask.h"
#include "call.h"
#include "core/memory.h"
#include "run.h"
#include "show.h"
#include "terminal.h"

/* What a word asks of kengd, and how its answer is told. */
struct asking {
    const char *method;
    const char *path; /* ending in '/': the operand is added, if there is one */
    char *(*address)(const struct args *args); /* instead of path; the caller's */
    json_t *(*body)(const struct args *args);  /* the caller's; NULL: none */
    void (*show)(const json_t *answer, FILE *out);
    void (*tell)(const struct args *args, const json_t *answer, FILE *out); /* instead */
    /* 404, of which kengd says no more; NULL: nothing that could be unknown. */
    void (*unknown)(const char *operand, FILE *err);
};

/* ---- addresses ----------------------------------------------------------------------
 */

/* The address of an operand, which may be anything. */
static char *address_of(const char *before, const char *operand)
{
    char *escaped = curl_easy_escape(NULL, operand, 0);

    if (!escaped)
        abort(); /* out of memory */
    char *address = xformat("%s%s", before, escaped);
    curl_free(escaped);
    return address;
}

static char *cameras_address(const struct args *args)
{
    return args->operand ? address_of("/api/cameras/", args->operand)
                         : xstrdup("/api/cameras");
}

static char *learn_address(const struct args *args)
{
    char *before = address_of("/api/control/cameras/", args->operand);
    char *address = xformat("%s/learn", before);

    free(before);
    return address;
}

static char *alerts_address(const struct args *args)
{
    return xstrdup(args->all ? "/api/alerts" : "/api/alerts?open=1");
}

static char *explain_address(const struct args *args)
{
    if (args->operand)
        return address_of("/api/control/explain?alert=", args->operand);
    char *address =
        address_of("/api/control/explain?camera=", args->camera ? args->camera : "");
    const struct {
        const char *key, *value;
    } more[] = { { "&at=", args->at }, { "&severity=", args->severity } };
    for (size_t i = 0; i < COUNT_OF(more); i++) {
        char *part = more[i].value ? address_of(more[i].key, more[i].value) : xstrdup("");
        char *whole = xformat("%s%s", address, part);
        free(part);
        free(address);
        address = whole;
    }
    return address;
}

/* ---- bodies -------------------------------------------------------------------------
 */

static json_t *nothing(const struct args *args)
{
    return json_object();
}

static json_t *token_body(const struct args *args)
{
    json_t *wish = json_object();
    const struct {
        const char *key, *value;
    } texts[] = {
        { "person", args->person }, { "screen", args->screen }, { "role", args->role },
        { "area", args->area },     { "name", args->name },
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (texts[i].value)
            json_object_set_new(wish, texts[i].key, json_string(texts[i].value));
    if (args->days > 0)
        json_object_set_new(wish, "days", json_integer(args->days));
    return wish;
}

static json_t *test_body(const struct args *args)
{
    json_t *body = json_pack("{s:s}", "area", args->operand);

    if (args->channel)
        json_object_set_new(body, "channel", json_string(args->channel));
    return body;
}

static json_t *hold_body(const struct args *args)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "camera", args->operand, "from",
                     args->from, "to", args->to, "reason", args->reason, "until",
                     args->until);
}

static json_t *pair_body(const struct args *args)
{
    return json_pack("{s:s}", "person", args->operand);
}

static json_t *approve_body(const struct args *args)
{
    return json_pack("{s:s, s:s}", "code", args->operand, "screen", args->second);
}

/* ---- answers that depend on what was asked ------------------------------------------
 */

static void tell_cameras(const struct args *args, const json_t *answer, FILE *out)
{
    if (args->operand)
        show_camera(answer, out);
    else
        show_cameras(answer, out);
}

static void tell_tokens(const struct args *args, const json_t *answer, FILE *out)
{
    show_tokens(answer, args->all, out);
}

static void tell_scrub(const struct args *args, const json_t *answer, FILE *out)
{
    fputs(_("The recordings are read and compared with their checksums while recording goes on; "
            "what is damaged is told in the log and kept.\n"),
          out);
}

static void tell_rebuild(const struct args *args, const json_t *answer, FILE *out)
{
    fputs(
        _("Files and catalogue are compared while recording goes on; kengctl status tells "
          "how far it is and what was found.\n"),
        out);
}

static void tell_revoked_token(const struct args *args, const json_t *answer, FILE *out)
{
    fprintf(out, _("Token %s is revoked.\n"), args->operand);
}

static void tell_revoked_device(const struct args *args, const json_t *answer, FILE *out)
{
    fprintf(out, _("Device %s is revoked.\n"), args->operand);
}

static void tell_released(const struct args *args, const json_t *answer, FILE *out)
{
    fprintf(out, _("Hold %s is released: its footage goes when its time has come.\n"),
            args->operand);
}

static void tell_approved(const struct args *args, const json_t *answer, FILE *out)
{
    fprintf(out, _("The screen %s comes in within some seconds.\n"), args->second);
}

static void no_camera(const char *operand, FILE *err)
{
    fprintf(err, _("kengctl: there is no camera %s; see kengctl cameras\n"), operand);
}

static void no_token(const char *operand, FILE *err)
{
    fprintf(err, _("kengctl: there is no token %s; see kengctl token list\n"), operand);
}

static void no_device(const char *operand, FILE *err)
{
    fprintf(err, _("kengctl: there is no device %s; see kengctl device list\n"), operand);
}

/* ---- the words ----------------------------------------------------------------------
 */

static json_t *scrub_body(const struct args *args)
{
    return args->operand ? json_pack("{s:s}", "camera", args->operand) : json_object();
}

static const struct asking askings[] = {
    [WORD_STATUS] = { "GET", "/api/control/status", .show = show_status },
    [WORD_CAMERAS] = { "GET", .address = cameras_address, .tell = tell_cameras,
                       .unknown = no_camera },
    [WORD_CAMERA_LEARN] = { "POST", .address = learn_address, .body = nothing,
                            .show = show_learn, .unknown = no_camera },
    [WORD_RELOAD] = { "POST", "/api/control/reload", .body = nothing,
                      .show = show_reload },
    [WORD_TOKEN_NEW] = { "POST", "/api/control/tokens", .body = token_body,
                         .show = show_new_token },
    [WORD_TOKEN_LIST] = { "GET", "/api/control/tokens", .tell = tell_tokens },
    [WORD_TOKEN_REVOKE] = { "DELETE", "/api/control/tokens/", .tell = tell_revoked_token,
                            .unknown = no_token },
    [WORD_ALERT_LIST] = { "GET", .address = alerts_address, .show = show_alerts },
    [WORD_ALERT_TEST] = { "POST", "/api/control/test-alert", .body = test_body,
                          .show = show_test_alert },
    [WORD_ALERT_EXPLAIN] = { "GET", .address = explain_address,
                             .show = show_explanation },
    [WORD_SCRUB] = { "POST", "/api/control/scrub", .body = scrub_body, .tell = tell_scrub },
    [WORD_REBUILD] = { "POST", "/api/control/rebuild", .body = nothing,
                       .tell = tell_rebuild },
    [WORD_HOLD_ADD] = { "POST", "/api/holds", .body = hold_body, .show = show_hold },
    [WORD_HOLD_LIST] = { "GET", "/api/holds", .show = show_holds },
    [WORD_HOLD_RELEASE] = { "DELETE", "/api/holds/", .tell = tell_released },
    [WORD_CLOCK_TRUST] = { "POST", "/api/control/clock/trust", .body = nothing,
                           .show = show_clock },
    [WORD_ACCESS_VERIFY] = { "GET", "/api/control/access-log", .show = show_access_log },
    [WORD_PAIR] = { "POST", "/api/pairings", .body = pair_body, .show = show_pairing },
    [WORD_DEVICE_LIST] = { "GET", "/api/devices", .show = show_devices },
    [WORD_DEVICE_REVOKE] = { "DELETE", "/api/devices/", .tell = tell_revoked_device,
                             .unknown = no_device },
    [WORD_SCREEN_APPROVE] = { "POST", "/api/control/screens/approve",
                              .body = approve_body, .tell = tell_approved },
};

static char *address_asked(const struct asking *asking, const struct args *args)
{
    if (asking->address)
        return asking->address(args);
    bool of_operand = asking->path[strlen(asking->path) - 1] == '/';
    return of_operand ? address_of(asking->path, args->operand) : xstrdup(asking->path);
}

/* Texts of an answer as they may be shown. */
static void calm(json_t *value)
{
    const char *key;
    json_t *kid;
    size_t i;

    if (json_is_string(value)) {
        char *harmless = terminal_harmless(json_string_value(value), true);
        json_string_set(value, harmless);
        free(harmless);
    }
    json_array_foreach(value, i, kid)
        calm(kid);
    json_object_foreach(value, key, kid)
        calm(kid);
}

/* Times are shown as on the site's pages; an older kengd does not tell its zone. */
static void use_zone(const json_t *answer)
{
    const char *zone = json_string_value(json_object_get(answer, "time_zone"));

    if (!zone || *zone == '/' || *zone == ':' || setenv("TZ", zone, 1) != 0)
        return;
    tzset();
}

/* A refusal in kengd's words; of a reload, the faults. */
static void tell_refusal(const struct asking *asking, const struct args *args,
                         const struct answer *answer, FILE *err)
{
    const json_t *error = json_object_get(answer->json, "error");
    const char *message = json_string_value(json_object_get(error, "message"));
    const char *report = json_string_value(json_object_get(answer->json, "report"));

    if (report)
        fputs(report, err);
    if (answer->status == 404 && asking->unknown && args->operand)
        asking->unknown(args->operand, err);
    else if (message)
        fprintf(err, "kengctl: %s\n", message);
    else
        fprintf(err, _("kengctl: kengd refused with HTTP %ld\n"), answer->status);
}

int ask_kengd(const struct args *args, FILE *out, FILE *err)
{
    const struct asking *asking = &askings[args->word];
    struct error error = { 0 };
    struct answer answer;
    char *address = address_asked(asking, args);
    json_t *body = asking->body ? asking->body(args) : NULL;
    const struct question question = { .socket = args->socket,
                                       .method = asking->method,
                                       .address = address,
                                       .body = body,
                                       .language = text_language() };
    int status = EXIT_FAILED;

    if (!call(&question, &answer, &error)) {
        fprintf(err, "kengctl: %s\n", error.text);
        goto done;
    }
    bool well = answer.status >= 200 && answer.status < 300;
    bool empty = answer.status == 204;
    if (args->json && *answer.body)
        fprintf(out, "%s\n", answer.body);
    if (!args->json)
        calm(answer.json);
    if (!well && !args->json)
        tell_refusal(asking, args, &answer, err);
    else if (well && !empty && !json_is_object(answer.json))
        fputs(_("kengctl: kengd's answer cannot be read; is it of the same version?\n"),
              err);
    else if (well && !args->json) {
        use_zone(answer.json);
        if (asking->tell)
            asking->tell(args, answer.json, out);
        else
            asking->show(answer.json, out);
    }
    if (well && (empty || json_is_object(answer.json)))
        status = EXIT_WELL;
    answer_clear(&answer);
done:
    json_decref(body);
    free(address);
    return status;
}
