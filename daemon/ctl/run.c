#include <curl/curl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "args.h"
#include "call.h"
#include "config/settings.h"
#include "core/memory.h"
#include "evidence.h"
#include "probe.h"
#include "replay.h"
#include "run.h"
#include "show.h"

static void print_help(FILE *to)
{
    fputs(
        _("kengctl WORD: asks the running kengd, or tells it what to do.\n"
          "\n"
          "  status                    how kengd, its disk and its cameras are\n"
          "  cameras                   every camera, and what it sends\n"
          "  cameras ID                one of them, with advice\n"
          "  camera learn ID           what it shows now is right: learn its view anew\n"
          "  check [FILE]              tell every fault of the configuration; kengd need not "
          "run\n"
          "  reload                    take up the changed configuration\n"
          "  token new --person ID     a link for a person's phone or browser\n"
          "  token new --screen ID     a link for a screen\n"
          "  token new --role ROLE --area ID\n"
          "                            the same for anybody: official, staff, admin, screen\n"
          "     [--name TEXT] [--days N]   how it is called, and how long it holds\n"
          "  token list [--all]        what was handed out; --all: also what was revoked\n"
          "  token revoke ID           close it, at once\n"
          "  alert list [--all]        open alerts; --all: also those that are closed\n"
          "  pair PERSON               a code to scan: that person's phone comes in by it, once\n"
          "  device list               the phones and screens that were paired\n"
          "  device revoke ID          close one, at once\n"
          "  screen approve CODE SCREEN\n"
          "                            let in the screen that shows this code\n"
          "  camera probe ADDRESS      ask a camera what it sends, and print its stanza\n"
          "     [--user NAME] [--onvif-port N] [--id ID] [--area ID] [--name TEXT]\n"
          "  camera discover [ADDRESS] [--user NAME]\n"
          "                            ONVIF devices of this network; kengd need not run\n"
          "  motion replay CLIP...     what the detector makes of recorded files\n"
          "     [--camera ID] [--config FILE] [--at TIME] [--sensitivity 1..5]\n"
          "                            by the settings of that camera, as they are then\n"
          "  alert test AREA [--channel NAME]\n"
          "                            a test alert to everybody of the area\n"
          "  alert explain ID          why each person was told of an alert, or was not\n"
          "  alert explain --camera ID [--at TIME] [--severity WORD]\n"
          "                            the same for one that might be\n"
          "\n"
          "  --json                    print the answer as it came\n"
          "  --socket PATH             kengd's socket; else $KENGD_SOCKET, else\n"
          "                            /run/kengd/kengctl.sock\n"
          "  --lang vi|en              the language of the output\n"
          "  --help, --version\n"
          "\n"
          "Exit status: 0 well, 1 failed, 2 wrong usage.\n"),
        to);
    fputs(
        _("\n"
          "Footage for somebody outside:\n"
          "\n"
          "  export CAMERA[,CAMERA] --from TIME --to TIME --reason TEXT --document NUMBER\n"
          "      [--output FILE]       one signed package; TIME as 2026-11-21T14:00:00+07:00\n"
          "  export key                the key that signs packages, and its fingerprint\n"
          "  verify FILE|FOLDER [--key FINGERPRINT]\n"
          "                            whether it is as it was signed; kengd need not run\n"),
        to);
    fputs(
        _("\n"
          "What is kept:\n"
          "\n"
          "  clock trust               the clock is right, though nothing synchronises it\n"
          "  hold add CAMERA FROM TO --reason TEXT --until DATE\n"
          "                            this footage stays until then, whatever its age; times\n"
          "                            as \"2026-11-21 14:00\" (the site's) or with an offset\n"
          "  hold list                 what is held, by whom and why\n"
          "  hold release ID           it may go, like any other\n"
          "  rebuild                   make the catalogue again from the files\n"),
        to);
}

/* ---- without kengd ------------------------------------------------------------------
 */

static json_t *faults_json(const struct faults *faults)
{
    json_t *list = json_array();

    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *f = &faults->list[i];
        json_array_append_new(
            list, json_pack("{s:s, s:i, s:i, s:s, s:s}", "file", f->file, "line", f->line,
                            "column", f->column, "path", f->path, "what", f->what));
    }
    return json_pack("{s:b, s:o}", "well", faults->count == 0, "faults", list);
}

static int check(const struct args *args, FILE *out, FILE *err)
{
    const char *file = args->operand ? args->operand : KENGD_CONFIG_FILE;
    struct faults faults = { 0 };
    const struct settings *set = settings_load(file, &faults);
    int status = set ? EXIT_WELL : EXIT_FAILED;

    if (args->json) {
        json_t *told = faults_json(&faults);
        json_dumpf(told, out, JSON_INDENT(2));
        fputc('\n', out);
        json_decref(told);
    } else if (set) {
        fprintf(out, _("%s is well: %zu cameras, %zu areas, %zu people, %zu screens\n"),
                file, set->camera_count, set->area_count, set->person_count,
                set->screen_count);
    } else {
        char *all = faults_text(&faults);
        fputs(all, err);
        free(all);
    }
    settings_unref(set);
    faults_free(&faults);
    return status;
}

/* ---- with kengd ---------------------------------------------------------------------
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

static char *learn_address(const char *camera)
{
    char *before = address_of("/api/control/cameras/", camera);
    char *address = xformat("%s/learn", before);

    free(before);
    return address;
}

static json_t *token_wish(const struct args *args)
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

/* The question of a word; the address and body are the caller's. */
static struct question question_of(const struct args *args, char **address, json_t **body)
{
    struct question q = { .socket = args->socket,
                          .method = "GET",
                          .language = text_language() };

    *address = NULL;
    *body = NULL;
    switch (args->word) {
    case WORD_STATUS:
        *address = xstrdup("/api/control/status");
        break;
    case WORD_CAMERAS:
        *address = args->operand ? address_of("/api/cameras/", args->operand)
                                 : xstrdup("/api/cameras");
        break;
    case WORD_CAMERA_LEARN:
        q.method = "POST";
        *address = learn_address(args->operand);
        *body = json_object();
        break;
    case WORD_RELOAD:
        q.method = "POST";
        *address = xstrdup("/api/control/reload");
        *body = json_object();
        break;
    case WORD_TOKEN_NEW:
        q.method = "POST";
        *address = xstrdup("/api/control/tokens");
        *body = token_wish(args);
        break;
    case WORD_TOKEN_LIST:
        *address = xstrdup("/api/control/tokens");
        break;
    case WORD_TOKEN_REVOKE:
        q.method = "DELETE";
        *address = address_of("/api/control/tokens/", args->operand);
        break;
    case WORD_ALERT_LIST:
        *address = xstrdup(args->all ? "/api/alerts" : "/api/alerts?open=1");
        break;
    case WORD_ALERT_TEST:
        q.method = "POST";
        *address = xstrdup("/api/control/test-alert");
        *body = json_pack("{s:s}", "area", args->operand);
        if (args->channel)
            json_object_set_new(*body, "channel", json_string(args->channel));
        break;
    case WORD_ALERT_EXPLAIN:
        *address = explain_address(args);
        break;
    case WORD_REBUILD:
        q.method = "POST";
        *address = xstrdup("/api/control/rebuild");
        *body = json_object();
        break;
    case WORD_HOLD_ADD:
        q.method = "POST";
        *address = xstrdup("/api/holds");
        *body = json_pack("{s:s, s:s, s:s, s:s, s:s}", "camera", args->operand, "from",
                          args->from, "to", args->to, "reason", args->reason, "until",
                          args->until);
        break;
    case WORD_HOLD_LIST:
        *address = xstrdup("/api/holds");
        break;
    case WORD_HOLD_RELEASE:
        q.method = "DELETE";
        *address = address_of("/api/holds/", args->operand);
        break;
    case WORD_CLOCK_TRUST:
        q.method = "POST";
        *address = xstrdup("/api/control/clock/trust");
        *body = json_object();
        break;
    case WORD_PAIR:
        q.method = "POST";
        *address = xstrdup("/api/pairings");
        *body = json_pack("{s:s}", "person", args->operand);
        break;
    case WORD_DEVICE_LIST:
        *address = xstrdup("/api/devices");
        break;
    case WORD_DEVICE_REVOKE:
        q.method = "DELETE";
        *address = address_of("/api/devices/", args->operand);
        break;
    case WORD_SCREEN_APPROVE:
        q.method = "POST";
        *address = xstrdup("/api/control/screens/approve");
        *body = json_pack("{s:s, s:s}", "code", args->operand, "screen", args->second);
        break;
    case WORD_CAMERA_PROBE:
    case WORD_CAMERA_DISCOVER:
    case WORD_CHECK:
    case WORD_MOTION_REPLAY:
    case WORD_EXPORT:
    case WORD_EXPORT_KEY:
    case WORD_VERIFY:
    case WORD_HELP:
    case WORD_VERSION:
        break;
    }
    q.address = *address;
    q.body = *body;
    return q;
}

/* Times are shown as on the site's pages; an older kengd does not tell its zone. */
static void use_zone(const json_t *answer)
{
    const char *zone = json_string_value(json_object_get(answer, "time_zone"));

    if (!zone || *zone == '/' || *zone == ':' || setenv("TZ", zone, 1) != 0)
        return;
    tzset();
}

static void show(const struct args *args, const json_t *answer, FILE *out)
{
    switch (args->word) {
    case WORD_STATUS:
        show_status(answer, out);
        break;
    case WORD_CAMERAS:
        if (args->operand)
            show_camera(answer, out);
        else
            show_cameras(answer, out);
        break;
    case WORD_CAMERA_LEARN:
        show_learn(answer, out);
        break;
    case WORD_RELOAD:
        show_reload(answer, out);
        break;
    case WORD_TOKEN_NEW:
        show_new_token(answer, out);
        break;
    case WORD_TOKEN_LIST:
        show_tokens(answer, args->all, out);
        break;
    case WORD_TOKEN_REVOKE:
        fprintf(out, _("Token %s is revoked.\n"), args->operand);
        break;
    case WORD_ALERT_LIST:
        show_alerts(answer, out);
        break;
    case WORD_ALERT_TEST:
        show_test_alert(answer, out);
        break;
    case WORD_ALERT_EXPLAIN:
        show_explanation(answer, out);
        break;
    case WORD_REBUILD:
        fputs(_("Files and catalogue are compared while recording goes on; kengctl status tells "
                "how far it is and what was found.\n"),
              out);
        break;
    case WORD_HOLD_ADD:
        show_hold(answer, out);
        break;
    case WORD_HOLD_LIST:
        show_holds(answer, out);
        break;
    case WORD_HOLD_RELEASE:
        fprintf(out, _("Hold %s is released: its footage goes when its time has come.\n"),
                args->operand);
        break;
    case WORD_CLOCK_TRUST:
        show_clock(answer, out);
        break;
    case WORD_PAIR:
        show_pairing(answer, out);
        break;
    case WORD_DEVICE_LIST:
        show_devices(answer, out);
        break;
    case WORD_DEVICE_REVOKE:
        fprintf(out, _("Device %s is revoked.\n"), args->operand);
        break;
    case WORD_SCREEN_APPROVE:
        fprintf(out, _("The screen %s comes in within some seconds.\n"), args->second);
        break;
    case WORD_CAMERA_PROBE:
    case WORD_CAMERA_DISCOVER:
    case WORD_CHECK:
    case WORD_MOTION_REPLAY:
    case WORD_EXPORT:
    case WORD_EXPORT_KEY:
    case WORD_VERIFY:
    case WORD_HELP:
    case WORD_VERSION:
        break;
    }
}

/* A refusal in kengd's words. Of a reload, the faults; of what is not found, our own
 * words, for kengd says no more than that. */
static void tell_refusal(const struct args *args, const struct answer *answer, FILE *err)
{
    const json_t *error = json_object_get(answer->json, "error");
    const char *message = json_string_value(json_object_get(error, "message"));
    const char *report = json_string_value(json_object_get(answer->json, "report"));

    if (report)
        fputs(report, err);
    bool camera = args->word == WORD_CAMERAS || args->word == WORD_CAMERA_LEARN;
    if (camera && args->operand && answer->status == 404)
        fprintf(err, _("kengctl: there is no camera %s; see kengctl cameras\n"),
                args->operand);
    else if (args->word == WORD_TOKEN_REVOKE && answer->status == 404)
        fprintf(err, _("kengctl: there is no token %s; see kengctl token list\n"),
                args->operand);
    else if (args->word == WORD_DEVICE_REVOKE && answer->status == 404)
        fprintf(err, _("kengctl: there is no device %s; see kengctl device list\n"),
                args->operand);
    else if (message)
        fprintf(err, "kengctl: %s\n", message);
    else
        fprintf(err, _("kengctl: kengd refused with HTTP %ld\n"), answer->status);
}

static int ask(const struct args *args, FILE *out, FILE *err)
{
    struct error error = { 0 };
    struct answer answer;
    char *address;
    json_t *body;
    const struct question question = question_of(args, &address, &body);
    int status = EXIT_FAILED;

    if (!call(&question, &answer, &error)) {
        fprintf(err, "kengctl: %s\n", error.text);
        goto done;
    }
    bool well = answer.status >= 200 && answer.status < 300;
    bool empty = answer.status == 204;
    if (args->json && *answer.body)
        fprintf(out, "%s\n", answer.body);
    if (!well && !args->json)
        tell_refusal(args, &answer, err);
    else if (well && !empty && !json_is_object(answer.json))
        fputs(_("kengctl: kengd's answer cannot be read; is it of the same version?\n"),
              err);
    else if (well && !args->json) {
        use_zone(answer.json);
        show(args, answer.json, out);
    }
    if (well && (empty || json_is_object(answer.json)))
        status = EXIT_WELL;
    answer_clear(&answer);
done:
    json_decref(body);
    free(address);
    return status;
}

int ctl_run(int argc, char **argv, FILE *out, FILE *err)
{
    struct error error = { 0 };
    struct args args;

    if (!args_read(argc, argv, &args, &error)) {
        fprintf(err, "kengctl: %s\n", error.text);
        return EXIT_USAGE;
    }
    switch (args.word) {
    case WORD_HELP:
        print_help(out);
        return EXIT_WELL;
    case WORD_VERSION:
        fprintf(out, "kengctl %s\n", KENGD_VERSION);
        return EXIT_WELL;
    case WORD_CHECK:
        return check(&args, out, err);
    case WORD_CAMERA_PROBE:
        return camera_probe(&args, out, err);
    case WORD_CAMERA_DISCOVER:
        return camera_discover(&args, out, err);
    case WORD_MOTION_REPLAY:
        return replay_clips(&args, out, err);
    case WORD_EXPORT:
        return evidence_export(&args, out, err);
    case WORD_EXPORT_KEY:
        return evidence_key(&args, out, err);
    case WORD_VERIFY:
        return evidence_verify(&args, out, err);
    default:
        return ask(&args, out, err);
    }
}
