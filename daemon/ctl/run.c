#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "backup.h"
#include "ask.h"
#include "config/settings.h"
#include "core/memory.h"
#include "evidence.h"
#include "probe.h"
#include "replay.h"
#include "progress.h"
#include "run.h"

static const char *const help[] = {
    N_("kengctl WORD: asks the running kengd, or tells it what to do.\n"
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
    N_("\n"
       "Footage for somebody outside:\n"
       "\n"
       "  export CAMERA[,CAMERA] --from TIME --to TIME --reason TEXT --document NUMBER\n"
       "      [--output FILE]       one signed package; TIME as 2026-11-21T14:00:00+07:00\n"
       "  export key                the key that signs packages, and its fingerprint\n"
       "  verify FILE|FOLDER [--key FINGERPRINT]\n"
       "                            whether it is as it was signed; kengd need not run\n"),
    N_("\n"
       "What is kept:\n"
       "\n"
       "  clock trust               the clock is right, though nothing synchronises it\n"
       "  access verify             whether anybody changed the log of who watched and did what\n"
       "  hold add CAMERA FROM TO --reason TEXT --until DATE\n"
       "                            this footage stays until then, whatever its age; times\n"
       "                            as \"2026-11-21 14:00\" (the site's) or with an offset\n"
       "  hold list                 what is held, by whom and why\n"
       "  hold release ID           it may go, like any other\n"
       "  rebuild [--no-wait]       make the catalogue again from the files\n"
       "  scrub [CAMERA] [--no-wait]\n"
       "                            read all recordings, or a camera's, and compare each\n"
       "                            piece with its checksum\n"),
    N_("\n"
       "Should the machine be lost:\n"
       "\n"
       "  backup FILE               catalogue, configuration and keys, encrypted, while kengd\n"
       "                            runs; recordings and pictures are not in it\n"
       "  restore FILE [--config FILE] [--state DIR]\n"
       "                            put them back, while kengd does not run\n"
       "  restore FILE --check      only whether it is whole and what is in it\n"
       "     [--passphrase-file FILE | --passphrase-fd N]   else it is asked for\n"),
};

static void print_help(FILE *to)
{
    for (size_t i = 0; i < COUNT_OF(help); i++)
        fputs(_(help[i]), to);
}

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
    case WORD_BACKUP:
        return backup_make(&args, out, err);
    case WORD_RESTORE:
        return backup_restore(&args, out, err);
    case WORD_REBUILD:
    case WORD_SCRUB: {
        int status = ask_kengd(&args, out, err);
        return status == EXIT_WELL && !args.no_wait && !args.json ? progress_wait(&args, out, err)
                                                                  : status;
    }
    default:
        return ask_kengd(&args, out, err);
    }
}
